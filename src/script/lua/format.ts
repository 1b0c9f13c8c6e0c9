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
 * @param form `%5.2f`; letters: d i u c o x X e E f F g G s
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
  if (typeof value === "string") {
    const text = precision === undefined ? value : value.slice(0, precision);
    return flags.includes("-") ? text.padEnd(width) : text.padStart(width);
  }
  const isNegative = value < 0 || Object.is(value, -0);
  const isSigned = "di".includes(letter) || !isIntegral(letter);
  const sign = !isSigned ? "" : isNegative ? "-" : (/[+ ]/.exec(flags)?.[0] ?? "");
  const shownSign = flags.includes("+") && isSigned && !isNegative ? "+" : sign;
  const digits = digitsOf(conversion, isSigned ? Math.abs(value) : value);
  const prefix = flags.includes("#") && /x/i.test(letter) && value !== 0 ? `0${letter}` : "";
  const lead = shownSign + prefix;
  if (flags.includes("-")) return (lead + digits).padEnd(width);
  const fillsWithZeros =
    flags.includes("0") &&
    Number.isFinite(value) &&
    !(isIntegral(letter) && precision !== undefined);
  return fillsWithZeros
    ? lead + digits.padStart(width - lead.length, "0")
    : (lead + digits).padStart(width);
}

function isIntegral(letter: string): boolean {
  return "diuoxX".includes(letter);
}

function digitsOf({ flags, precision, letter }: Conversion, value: number): string {
  if (isIntegral(letter)) return integerDigits(letter, value).padStart(precision ?? 1, "0");
  if (!Number.isFinite(value)) {
    const text = Number.isNaN(value) ? "nan" : "inf";
    return letter === letter.toUpperCase() ? text.toUpperCase() : text;
  }
  const digits = precision ?? 6;
  const lower = letter.toLowerCase();
  const text =
    lower === "f"
      ? fixedText(value, digits)
      : lower === "e"
        ? exponentText(value, digits)
        : generalText(value, digits, flags.includes("#"));
  return letter === lower ? text : text.toUpperCase();
}

/** Negative numbers in other bases are those of 64 bits. */
function integerDigits(letter: string, value: number): string {
  if ("diu".includes(letter)) return BigInt(value).toString();
  const text = BigInt.asUintN(64, BigInt(value)).toString(letter === "o" ? 8 : 16);
  return letter === "X" ? text.toUpperCase() : text;
}

/** `toFixed` goes up to 10^21 only. */
function fixedText(value: number, digits: number): string {
  if (value < 1e21) return value.toFixed(digits);
  return BigInt(value).toString() + (digits > 0 ? `.${"0".repeat(digits)}` : "");
}

/** The exponent has at least two digits. */
function exponentText(value: number, digits: number): string {
  return value
    .toExponential(digits)
    .replace(/e([-+])(\d)$/, (_, sign: string, digit: string) => `e${sign}0${digit}`);
}

function generalText(value: number, precision: number, keepsZeros: boolean): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const digits = Math.max(precision, 1);
  const exponent = Number(/e(.*)$/.exec(value.toExponential(digits - 1))?.[1]);
  const isLong = exponent < -4 || exponent >= digits;
  const text = isLong ? exponentText(value, digits - 1) : fixedText(value, digits - 1 - exponent);
  if (keepsZeros) return text;
  const [mantissa = "", rest] = text.split("e");
  const short = mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa;
  return rest === undefined ? short : `${short}e${rest}`;
}
