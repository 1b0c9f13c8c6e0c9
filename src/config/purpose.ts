/**
 * What a configuration is for.
 *
 * @module
 */

/**
 * What both sides are there for: one is to be like the other, they are only compared, or kept in step both ways; or
 * what is left over in one place is to go; or a directory is to be what a bucket holds, or held; or that is
 * only to be told, or how runs ended; or what is old is to go; or keys are to be cut into ranges; or a site is to be
 * published; or many machines are to share what there is to be done.
 */
export type Purpose =
  | "sync"
  | "check"
  | "bsync"
  | "cleanup"
  | "restore"
  | "ls"
  | "status"
  | "prune"
  | "ranges"
  | "site"
  | "cluster";
