/**
 * Options about what files are besides their bytes.
 *
 * @module
 */
import { aspects } from "../file-kinds.ts";
import { onOff, optional, ours } from "../option.ts";

/** Attributes, links and other things that are no plain files. */
export const fileKeeping = {
  preserve: optional(
    "File Attributes",
    aspects,
    "Keep what files have besides their bytes in the metadata of the objects, give it back on download, and compare times by it: mtime, mode and owner; or what a list with commas names, of these, atime, xattrs and all. Setuid and setgid only with all.",
    ours,
  ),
  links: onOff(
    "File Attributes",
    "Keep symbolic links as such: as small objects that say where they lead. Without it, links in SOURCE are followed.",
    ours,
  ),
  "hard-links": onOff(
    "File Attributes",
    "Note which files are one and the same (hard links), and make them so again on download. Each object has all bytes.",
    ours,
  ),
  specials: onOff(
    "File Attributes",
    "Keep FIFOs, sockets and devices, as empty objects that are marked as such.",
    ours,
  ),
  "keep-dirs": onOff(
    "File Attributes",
    "Keep empty directories, as objects whose keys end with /; with --preserve all directories, for their modes and times. With --delete, directories that are left empty go.",
    ours,
  ),
} as const;
