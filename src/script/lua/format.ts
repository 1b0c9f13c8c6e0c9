/**
 * Numbers as C prints them: JavaScript has other habits.
 *
 * @module
 */

interface Conversion {
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
  readonly letter: string;
}

/** A number as `%.14g`, as Lua turns floats into text. */
export function numberText(value: number): string {
  return generalText(value, 14, false);
}

/**
 * One conversion of C's `printf`.
 *
 * @param form `%5.2f`; letters: d i u c o x X a A e E f F g G s
 */
export function sprintf(form: string, value: number | string): string {
  const match = /^%([-+ #0]*)(\d*)(?:\.(\d*))?([a-zA-Z])$/.exec(form);
  const [, flags = "", width = "", precision, letter = ""] = match ?? [];
  return padded(
    { flags, width: Number(width), precision: optionalNumber(precision), letter },
    value,
  );
}

function optionalNumber(digits: string | undefined): number | undefined {
  return digits === undefined ? undefined : Number(digits);
}

function padded(conversion: Conversion, value: number | string): string {
  const { flags, width, precision, letter } = conversion;
  if (letter === "c" || typeof value === "string") {
    const whole = typeof value === "string" ? value : String.fromCharCode(value & 0xff);
    const text = precision === undefined || letter === "c" ? whole : whole.slice(0, precision);
    return flags.includes("-") ? text.padEnd(width) : text.padStart(width);
  }
  const isNegative = value < 0 || Object.is(value, -0);
  const isSigned = "di".includes(letter) || !isIntegral(letter);
  const sign = !isSigned ? "" : isNegative ? "-" : (/[+ ]/.exec(flags)?.[0] ?? "");
  const shownSign = flags.includes("+") && isSigned && !isNegative ? "+" : sign;
  const digits = digitsOf(conversion, isSigned ? Math.abs(value) : value);
  const lead = shownSign + prefixOf(conversion, value);
  if (flags.includes("-")) return (lead + digits).padEnd(width);
  const fillsWithZeros =
    flags.includes("0") &&
    Number.isFinite(value) &&
    !(isIntegral(letter) && precision !== undefined);
  return fillsWithZeros
    ? lead + digits.padStart(width - lead.length, "0")
    : (lead + digits).padStart(width);
}

function prefixOf({ flags, letter }: Conversion, value: number): string {
  if (/a/i.test(letter)) return Number.isFinite(value) ? (letter === "a" ? "0x" : "0X") : "";
  return flags.includes("#") && /x/i.test(letter) && value !== 0 ? `0${letter}` : "";
}

function isIntegral(letter: string): boolean {
  return "diuoxX".includes(letter);
}

function digitsOf({ flags, precision, letter }: Conversion, value: number): string {
  if (isIntegral(letter)) {
    if (precision === 0 && value === 0) return flags.includes("#") && letter === "o" ? "0" : "";
    const whole = integerDigits(letter, value).padStart(precision ?? 1, "0");
    return flags.includes("#") && letter === "o" && !whole.startsWith("0") ? `0${whole}` : whole;
  }
  if (!Number.isFinite(value)) {
    const text = Number.isNaN(value) ? "nan" : "inf";
    return letter === letter.toUpperCase() ? text.toUpperCase() : text;
  }
  const digits = precision ?? 6;
  const lower = letter.toLowerCase();
  const keepsPoint = flags.includes("#");
  const texts: Readonly<Record<string, () => string>> = {
    a: () => hexText(value, precision, keepsPoint),
    f: () => withPoint(fixedText(value, digits), keepsPoint),
    e: () => withPoint(exponentText(value, digits), keepsPoint),
    g: () => generalText(value, digits, keepsPoint),
  };
  const text = texts[lower]?.() ?? "";
  return letter === lower ? text : text.toUpperCase();
}

/** `#` keeps the point where no digits follow. */
function withPoint(text: string, keepsPoint: boolean): string {
  return keepsPoint && !text.includes(".") ? text.replace(/^\d+/, "$&.") : text;
}

/** Without the sign and `0x`. Numbers below the normal ones have a 0 before the point, as with glibc. */
function hexText(value: number, precision: number | undefined, keepsPoint: boolean): string {
  if (value === 0) return withPoint(pointed(0n, precision ?? 0), keepsPoint) + "p+0";
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  const all = bits.getBigUint64(0);
  const biased = Number((all >> 52n) & 0x7ffn);
  const exponent = Math.max(biased, 1) - 1023;
  const mantissa = (all & 0xfffffffffffffn) | (biased === 0 ? 0n : 1n << 52n);
  const digits = Math.min(precision ?? 13, 13);
  const text = pointed(roundedBits(mantissa, BigInt(52 - 4 * digits)), digits);
  const shown =
    precision === undefined ? text.replace(/\.?0*$/, "") : text.padEnd(precision + 2, "0");
  const sign = exponent < 0 ? "-" : "+";
  return `${withPoint(precision === 0 ? text : shown, keepsPoint)}p${sign}${Math.abs(exponent)}`;
}

/** Half goes to the even neighbour. */
function roundedBits(value: bigint, dropped: bigint): bigint {
  if (dropped === 0n) return value;
  const [kept, rest, half] = [
    value >> dropped,
    value & ((1n << dropped) - 1n),
    1n << (dropped - 1n),
  ];
  return rest > half || (rest === half && (kept & 1n) === 1n) ? kept + 1n : kept;
}

/** Hexadecimal digits, so many of them behind the point. */
function pointed(value: bigint, digits: number): string {
  const text = value.toString(16).padStart(digits + 1, "0");
  return digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** A float as a script would have to write it, exactly: `%q`. */
export function literalText(value: number): string {
  if (Number.isNaN(value)) return "(0/0)";
  if (!Number.isFinite(value)) return value < 0 ? "-1e9999" : "1e9999";
  return sprintf("%a", value);
}

/** Negative numbers in other bases are those of 64 bits. */
function integerDigits(letter: string, value: number): string {
  if ("diu".includes(letter)) return BigInt(value).toString();
  const text = BigInt.asUintN(64, BigInt(value)).toString(letter === "o" ? 8 : 16);
  return letter === "X" ? text.toUpperCase() : text;
}

/** `toFixed` goes up to 10^21 only. */
function fixedText(value: number, digits: number): string {
  if (value < 1e21) return tiesToEven(value.toFixed(digits), value.toFixed(closer(digits)));
  return BigInt(value).toString() + (digits > 0 ? `.${"0".repeat(digits)}` : "");
}

/** Digits enough to see whether a number lies exactly between two of fewer digits. */
function closer(digits: number): number {
  return Math.min(digits + 25, 100);
}

/** JavaScript rounds up what lies between two numbers, C to the even one. */
function tiesToEven(text: string, longer: string): string {
  const [mantissa = "", exponent = ""] = longer.split(/(?=e)/);
  const length = text.split("e")[0]?.length ?? 0;
  const hasPoint = text.includes(".");
  const rest = mantissa.slice(hasPoint ? length : length + 1);
  const cut = mantissa.slice(0, length);
  return /^50*$/.test(rest) && /[02468]$/.test(cut) ? cut + exponent : text;
}

/** The exponent has at least two digits. */
function exponentText(value: number, digits: number): string {
  return tiesToEven(value.toExponential(digits), value.toExponential(closer(digits))).replace(
    /e([-+])(\d)$/,
    (_, sign: string, digit: string) => `e${sign}0${digit}`,
  );
}

function generalText(value: number, precision: number, keepsZeros: boolean): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
  const digits = Math.max(precision, 1);
  if (value === 0) {
    if (keepsZeros) return withPoint(fixedText(0, digits - 1), true);
    return Object.is(value, -0) ? "-0" : "0";
  }
  const exponent = Number(/e(.*)$/.exec(value.toExponential(digits - 1))?.[1]);
  const isLong = exponent < -4 || exponent >= digits;
  const text = isLong ? exponentText(value, digits - 1) : fixedText(value, digits - 1 - exponent);
  if (keepsZeros) return withPoint(text, true);
  const [mantissa = "", rest] = text.split("e");
  const short = mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa;
  return rest === undefined ? short : `${short}e${rest}`;
}
