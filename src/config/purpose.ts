/**
 * What a configuration is for.
 *
 * @module
 */

/** What both sides are there for: one is to be like the other, they are only compared, or kept in step both ways. */
export type Purpose = "sync" | "check" | "bsync";
