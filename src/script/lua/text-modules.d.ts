/** Sources of the Lua VM, imported as text: see `fengari.ts`. */
declare module "fengari/src/*.js" {
  const text: string;
  export default text;
}

declare module "*.lua" {
  const text: string;
  export default text;
}
