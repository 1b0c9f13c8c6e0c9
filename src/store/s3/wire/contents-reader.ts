/**
 * Reads the `<Contents>` of a listing, one object after the other. A run with nothing to do spends its time here,
 * so there are two ways: a quick one for objects that are written like the one before, and a patient one.
 *
 * @module
 */
import { SyncError } from "../../../core/errors.ts";
import { type ETag, parseETag } from "../../../core/etag.ts";
import { unescapeXml } from "./xml.ts";

/** One object of a page. The key is the full key in the bucket. */
export interface ListedObject {
  readonly key: string;
  /** The key's bytes are no valid UTF-8; `key` then shows U+FFFD in their place. */
  readonly damaged: boolean;
  readonly size: number;
  readonly mtimeMs: number;
  readonly etag: ETag | undefined;
  readonly storageClass: string | undefined;
  /** The first one that is named. */
  readonly checksumAlgorithm?: string | undefined;
  readonly checksumType?: string | undefined;
}

const opening = "<Contents>";
const closing = "</Contents>";

/** Child elements that matter. */
type Meaning = "key" | "size" | "time" | "etag" | "class" | "algorithm" | "type" | undefined;

const meanings: Readonly<Record<string, Meaning>> = {
  Key: "key",
  Size: "size",
  LastModified: "time",
  ETag: "etag",
  StorageClass: "class",
  ChecksumAlgorithm: "algorithm",
  ChecksumType: "type",
};

/** A child element that the objects of a page have. */
interface Field {
  readonly meaning: Meaning;
  /** What stands between the element before and the text of this one. */
  readonly before: string;
}

/** Reads objects off the text of a page. */
export class ContentsReader {
  private at = 0;
  /** The children of the last object that was read patiently, in order, and what follows the last of them. */
  private shape: readonly Field[] = [];
  private ending = "";
  private key = "";
  private damaged = false;
  private size = Number.NaN;
  private mtimeMs = 0;
  private etag: ETag | undefined;
  private storageClass: string | undefined;
  private checksumAlgorithm: string | undefined;
  private checksumType: string | undefined;
  /** What the object before had: most have the same. */
  private lastAlgorithm = "";
  private lastType = "";

  constructor(
    private readonly xml: string,
    private readonly encoded: boolean,
  ) {}

  /** Where the object after the one that was read begins, or -1. */
  next(): number {
    return this.xml.startsWith(opening, this.at) ? this.at : this.xml.indexOf(opening, this.at);
  }

  /**
   * Reads the object whose `<Contents>` begins at a place.
   *
   * @throws SyncError `protocol`
   */
  read(from: number): ListedObject {
    this.begin(from);
    if (!this.readLikeBefore()) {
      this.begin(from);
      this.readPatiently();
    }
    const { key, damaged, size, mtimeMs, etag, storageClass } = this;
    if (key === "" || !Number.isSafeInteger(size) || Number.isNaN(mtimeMs)) {
      throw nonsense(`an object without a key, a size or a date: ${JSON.stringify(key)}`);
    }
    const { checksumAlgorithm, checksumType } = this;
    return {
      key,
      damaged,
      size,
      mtimeMs,
      etag,
      storageClass,
      checksumAlgorithm,
      checksumType,
    };
  }

  private begin(from: number): void {
    this.at = from + opening.length;
    this.key = "";
    this.damaged = false;
    this.size = Number.NaN;
    this.mtimeMs = 0;
    this.etag = undefined;
    this.storageClass = undefined;
    this.checksumAlgorithm = undefined;
    this.checksumType = undefined;
  }

  /** Expects the same elements in the same order, without attributes and children. */
  private readLikeBefore(): boolean {
    const { shape } = this;
    if (shape.length === 0) return false;
    for (const { meaning, before } of shape) {
      if (!this.eat(before) || !this.eatText(meaning)) return false;
    }
    return this.eat(this.ending);
  }

  /** Takes the text of an element, if it is written as nearly all servers do. */
  private eatText(meaning: Meaning): boolean {
    switch (meaning) {
      case "key":
        return this.eatPlainKey();
      case "size":
        return this.eatCount();
      case "time":
        return this.eatTime();
      case "etag":
        return this.eatETag();
      case "class":
        return this.eatClass();
      default:
        return this.eatAny(meaning);
    }
  }

  private eatClass(): boolean {
    const from = this.at;
    if (this.eat(standard) && this.xml.charCodeAt(this.at) === lessThan) {
      this.storageClass = standard;
      return true;
    }
    this.at = from;
    return this.eatAny("class");
  }

  private eatAny(meaning: Meaning): boolean {
    const from = this.at;
    this.at = this.xml.indexOf("<", from);
    if (this.at === -1) return false;
    this.take(meaning, from, this.at);
    return true;
  }

  private eatCount(): boolean {
    const { xml } = this;
    const from = this.at;
    let value = 0;
    let at = from;
    for (; at - from <= exactDigits; at++) {
      const unit = xml.charCodeAt(at) - zero;
      if (!(unit >= 0 && unit <= 9)) break;
      value = 10 * value + unit;
    }
    this.size = value;
    this.at = at;
    return at > from && xml.charCodeAt(at) === lessThan;
  }

  private eatTime(): boolean {
    const { xml } = this;
    const from = this.at;
    const long = from + isoTime.long;
    const end = xml.charCodeAt(long) === lessThan ? long : from + isoTime.short;
    this.at = end;
    if (xml.charCodeAt(end) !== lessThan) return false;
    this.mtimeMs = parseTime(xml, from, end);
    return true;
  }

  /** Of an MD5, or of parts: then a dash and their number follow. */
  private eatETag(): boolean {
    const { xml } = this;
    // Some servers do not escape the quotes.
    if (!this.eat(quote)) return this.eatAny("etag");
    const from = this.at;
    const usual = from + md5Digits;
    const end = xml.charCodeAt(usual) === ampersand ? usual : xml.indexOf("&", from);
    if (end === -1) return false;
    this.at = end;
    if (!this.eat(quote)) return false;
    this.etag = xml.slice(from, end) as ETag;
    return xml.charCodeAt(this.at) === lessThan;
  }

  /** Takes a key in which nothing is escaped. */
  private eatPlainKey(): boolean {
    const { xml } = this;
    const from = this.at;
    for (let at = from; ; at++) {
      const unit = xml.charCodeAt(at);
      if (unit === lessThan) {
        this.key = xml.slice(from, at);
        this.at = at;
        return true;
      }
      // Beyond the end there is no number.
      if (unit === ampersand || unit === percent || unit === plus || !(unit < 0x80)) return false;
    }
  }

  /** Passes over a literal. Comparing unit by unit is compiled well; `startsWith` is a call. */
  private eat(literal: string): boolean {
    const { xml, at } = this;
    for (let i = 0; i < literal.length; i++) {
      if (xml.charCodeAt(at + i) !== literal.charCodeAt(i)) return false;
    }
    this.at = at + literal.length;
    return true;
  }

  /** Walks the children whatever their order, and learns it. */
  private readPatiently(): void {
    const { xml } = this;
    const shape: Field[] = [];
    let before = "";
    for (;;) {
      const open = xml.indexOf("<", this.at);
      const close = xml.indexOf(">", open);
      const tag = xml.slice(open + 1, close);
      if (tag === "/Contents") {
        this.at = close + 1;
        this.shape = shape;
        this.ending = before + closing;
        return;
      }
      const blank = tag.search(/\s/);
      const name = blank === -1 ? tag : tag.slice(0, blank);
      if (tag.endsWith("/")) {
        this.at = close + 1;
        continue;
      }
      const end = this.endOf(name, close + 1);
      const meaning = Object.hasOwn(meanings, name) ? meanings[name] : undefined;
      this.take(meaning, close + 1, end);
      this.at = end + name.length + 3;
      shape.push({ meaning, before: `${before}<${name}>` });
      before = `</${name}>`;
    }
  }

  /** Where the element's end tag begins; nested elements (Owner, RestoreStatus) are passed over. */
  private endOf(name: string, from: number): number {
    const { xml } = this;
    const next = xml.indexOf("</", from);
    if (xml.startsWith(name, next + 2) && xml[next + 2 + name.length] === ">") return next;
    const end = xml.indexOf(`</${name}>`, from);
    if (end === -1 || end > xml.indexOf(closing, from)) throw nonsense(`no end of ${name}`);
    return end;
  }

  /** Takes the text of a child element. */
  private take(meaning: Meaning, from: number, end: number): void {
    const { xml } = this;
    switch (meaning) {
      case "key": {
        const text = unescapeXml(xml.slice(from, end));
        ({ key: this.key, damaged: this.damaged } = decodeKey(text, this.encoded));
        return;
      }
      case "size":
        this.size = parseCount(xml, from, end);
        return;
      case "time":
        this.mtimeMs = parseTime(xml, from, end);
        return;
      case "etag":
        this.etag = quotedETag(xml, from, end) ?? parseETag(unescapeXml(xml.slice(from, end)));
        return;
      case "class":
        this.storageClass = isAt(xml, from, end, standard) ? standard : xml.slice(from, end);
        return;
      case "algorithm":
        if (!isAt(xml, from, end, this.lastAlgorithm)) this.lastAlgorithm = xml.slice(from, end);
        this.checksumAlgorithm ??= this.lastAlgorithm;
        return;
      case "type":
        if (!isAt(xml, from, end, this.lastType)) this.lastType = xml.slice(from, end);
        this.checksumType = this.lastType;
        return;
      case undefined:
    }
  }
}

function nonsense(what: string): SyncError {
  return new SyncError("protocol", `the listing makes no sense: ${what}`, {
    operation: "ListObjectsV2",
    retryable: true,
  });
}

const [lessThan, ampersand, percent, plus, zero] = [0x3c, 0x26, 0x25, 0x2b, 0x30];
const md5Digits = 32;
const standard = "STANDARD";
const quote = "&quot;";

/** Whether a text stands between two places. */
function isAt(xml: string, from: number, end: number, text: string): boolean {
  return end - from === text.length && xml.startsWith(text, from);
}

/** An ETag as nearly all servers spell it. */
function quotedETag(xml: string, from: number, end: number): ETag | undefined {
  const start = from + quote.length;
  const stop = end - quote.length;
  const isUsual =
    xml.charCodeAt(from) === ampersand &&
    xml.startsWith(quote, from) &&
    xml.indexOf("&", start) === stop &&
    xml.startsWith(quote, stop);
  return isUsual ? (xml.slice(start, stop) as ETag) : undefined;
}

/** A whole number of up to 15 digits is exact; a longer one is left to `Number`. */
const exactDigits = 15;

function parseCount(xml: string, from: number, end: number): number {
  if (end === from || end - from > exactDigits) return Number(xml.slice(from, end) || "?");
  let value = 0;
  for (let at = from; at < end; at++) value = 10 * value + digit(xml, at);
  return value;
}

/** `2024-01-02T03:04:05.678Z`, with or without the fraction. */
const isoTime = { short: 20, long: 24 } as const;

/** As `Date.parse`, which takes ten times as long. */
export function parseTime(text: string, from = 0, end = text.length): number {
  const hasFraction = end - from === isoTime.long;
  const isUsual = (hasFraction || end - from === isoTime.short) && text[end - 1] === "Z";
  if (!isUsual) return Date.parse(text.slice(from, end));
  const two = (at: number): number => 10 * digit(text, from + at) + digit(text, from + at + 1);
  const days = daysSince1970(100 * two(0) + two(2), two(5), two(8));
  const seconds = 3600 * two(11) + 60 * two(14) + two(17);
  const millis = hasFraction ? 10 * two(20) + digit(text, from + 22) : 0;
  const ms = 1000 * (86_400 * days + seconds) + millis;
  return Number.isNaN(ms) ? Date.parse(text.slice(from, end)) : ms;
}

function digit(text: string, at: number): number {
  const value = text.charCodeAt(at) - zero;
  return value >= 0 && value <= 9 ? value : Number.NaN;
}

/** Days of the proleptic Gregorian calendar. Years are taken to begin in March: leap days then come last. */
function daysSince1970(year: number, month: number, day: number): number {
  const marchYear = month <= 2 ? year - 1 : year;
  const marchMonth = month <= 2 ? month + 9 : month - 3;
  const leapDays =
    Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400);
  const dayOfYear = Math.floor((153 * marchMonth + 2) / 5) + day - 1;
  return 365 * marchYear + leapDays + dayOfYear - 719_468;
}

const escapedByte = /(?:%[0-9a-fA-F]{2})+/g;

/** Undoes `encoding-type=url`, in which a blank is `+`. */
export function decodeKey(text: string, encoded: boolean): { key: string; damaged: boolean } {
  if (!encoded) return { key: text, damaged: false };
  const spaced = text.includes("+") ? text.replaceAll("+", " ") : text;
  if (!spaced.includes("%")) return { key: spaced, damaged: false };
  try {
    return { key: decodeURIComponent(spaced), damaged: false };
  } catch {
    const lossy = spaced.replace(escapedByte, (run) =>
      Buffer.from(run.replaceAll("%", ""), "hex").toString("utf8"),
    );
    return { key: lossy, damaged: true };
  }
}
