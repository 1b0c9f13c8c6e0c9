/**
 * Variables of the environment in the texts of a configuration file.
 *
 * @module
 */

type Environment = Readonly<Record<string, string | undefined>>;

/** `$$`, `${NAME}` and `${NAME:-default}`; any other dollar is one, as at the end of a regular expression. */
const reference = /\$(?:\$|\{([^}]*)\}?)/g;
const named = /^([A-Za-z_][A-Za-z0-9_]*)(?::-([\s\S]*))?$/;

/**
 * Puts the values of variables into a text.
 *
 * @throws Error that names the variables that are not set, or says what cannot be read
 */
export function expand(text: string, environment: Environment): string {
  const unset = new Set<string>();
  const expanded = text.replace(reference, (found: string, inside?: string) => {
    if (inside === undefined) return "$";
    const [, name, otherwise] = (found.endsWith("}") ? named.exec(inside) : undefined) ?? [];
    if (name === undefined) {
      throw new Error("after ${ the name of a variable and } are wanted; $$ is a dollar");
    }
    const value = environment[name];
    if (value === undefined && otherwise === undefined) unset.add(name);
    return (value === "" ? undefined : value) ?? otherwise ?? "";
  });
  if (unset.size === 0) return expanded;
  const names = [...unset].join(", ");
  throw new Error(`the variable${unset.size > 1 ? "s" : ""} ${names} ${verb(unset.size)} not set`);
}

/**
 * Puts variables into a path. No shell has been here that would know `~`.
 *
 * @throws Error that says what is wrong
 */
export function expandPath(text: string, environment: Environment): string {
  if (/^~(?:[/\\]|$)/.test(text)) throw new Error("~ means nothing here; write ${HOME}");
  return expand(text, environment);
}

function verb(count: number): string {
  return count > 1 ? "are" : "is";
}
