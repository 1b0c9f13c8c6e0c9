/**
 * Additional checksums, in S3's words.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 * @module
 */

/** The algorithms, under their names in the API. */
export const checksumAlgorithms = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const;

/** One of {@link checksumAlgorithms}. */
export type ChecksumAlgorithm = (typeof checksumAlgorithms)[number];

/** Those of which the checksum of a whole can be made of those of its parts. */
export type CrcAlgorithm = Extract<ChecksumAlgorithm, `CRC${string}`>;

/** How the checksum of an object written in parts is made: of the checksums of its parts, or of all its bytes. */
export type ChecksumType = "COMPOSITE" | "FULL_OBJECT";

/** Which checksum is kept with what is written. */
export interface ChecksumRule {
  readonly algorithm: ChecksumAlgorithm;
  /** Of objects written in parts; written at once, every checksum is of all bytes. */
  readonly type: ChecksumType;
}

/** A checksum as S3 shows it. */
export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Base64; a composite one ends with `-` and the number of parts. */
  readonly value: string;
}

/** What the form of a checksum says about how it was made. */
export type ChecksumForm =
  | { readonly kind: "full" }
  | { readonly kind: "composite"; readonly parts: number }
  | { readonly kind: "opaque" };

const compositeForm = /^[A-Za-z0-9+/]+={0,2}-([1-9][0-9]{0,4})$/;
const fullForm = /^[A-Za-z0-9+/]+={0,2}$/;

/** Reads the form of a checksum. */
export function checksumForm({ value }: Checksum): ChecksumForm {
  if (fullForm.test(value)) return { kind: "full" };
  const parts = compositeForm.exec(value)?.[1];
  return parts === undefined ? { kind: "opaque" } : { kind: "composite", parts: Number(parts) };
}

/** Whether the checksum of a whole can be made of those of its parts. */
export function isCrc(algorithm: ChecksumAlgorithm): algorithm is CrcAlgorithm {
  return algorithm.startsWith("CRC");
}

/** The type that an algorithm has to have, or that is wished for where there is a choice. */
export function checksumRule(algorithm: ChecksumAlgorithm, fullObject: boolean): ChecksumRule {
  const full = algorithm === "CRC64NVME" || (fullObject && isCrc(algorithm));
  return { algorithm, type: full ? "FULL_OBJECT" : "COMPOSITE" };
}
