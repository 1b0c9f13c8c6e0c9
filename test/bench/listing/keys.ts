/**
 * The keys of the synthetic buckets: computed, never stored, so that a hundred million cost nothing.
 *
 * @module
 */

/** Digits that number a key. */
export const numberDigits = 9;
/** Digits that name a folder. */
export const folderDigits = 4;
/** The last folder is this year's. */
const lastFolder = 2025;

/**
 * `photos/2024/000000123.jpg`: numbers run through all folders, so keys come in UTF-8 order.
 *
 * Keys are ASCII. At the first difference one of two texts is then ASCII, so JavaScript's `<` orders a key
 * and any other text as their UTF-8 bytes do.
 */
export class KeySpace {
  readonly perFolder: number;
  private readonly firstFolder: number;

  constructor(
    readonly count: number,
    folders: number,
  ) {
    if (count < 1 || count >= 10 ** numberDigits)
      throw new Error(`${count} keys cannot be numbered`);
    if (folders < 1 || folders > 1000) throw new Error(`${folders} folders: must be 1 to 1,000`);
    this.perFolder = Math.ceil(count / folders);
    this.firstFolder = lastFolder - folders;
  }

  folder(index: number): string {
    return String(this.firstFolder + Math.floor(index / this.perFolder));
  }

  key(index: number): string {
    const number = String(index).padStart(numberDigits, "0");
    return `photos/${this.folder(index)}/${number}.jpg`;
  }

  /** Where the folder of a key ends: the index of the first key after it. */
  folderEnd(index: number): number {
    const end = (Math.floor(index / this.perFolder) + 1) * this.perFolder;
    return Math.min(end, this.count);
  }

  /** The index of the first key that is `text` or comes after it. */
  firstFrom(text: string): number {
    return this.search((key) => key >= text);
  }

  /** The index of the first key that comes after `text`. */
  firstAfter(text: string): number {
    return this.search((key) => key > text);
  }

  /** The index of the first key after all that begin with `prefix`. */
  firstBeyond(prefix: string): number {
    return this.firstFrom(`${prefix}\uffff`);
  }

  has(key: string): boolean {
    return this.key(this.firstFrom(key)) === key;
  }

  private search(isReached: (key: string) => boolean): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isReached(this.key(middle))) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
