/**
 * Commands that nobody knows, and commands that lack something, as a table.
 *
 * @module
 */
import type { Case } from "./bad-input-cases.ts";

export const commands: readonly Case[] = [
  {
    title: "a command without all of its places",
    args: () => ["check", "source"],
    exitCode: 2,
    says: /check needs two places/,
  },
  {
    title: "a typo in a command",
    args: ({ source, bucket }) => ["chek", source, bucket.url()],
    exitCode: 2,
    says: /SOURCE and TARGET are needed, not 3 arguments/,
    hints: /Is the command check meant\? s3sync check .*source/,
  },
  {
    title: "a typo in a command with one place",
    args: ({ bucket }) => ["doctr", bucket.url()],
    exitCode: 2,
    says: /SOURCE doctr does not exist/,
    hints: /Is the command doctor meant/,
  },
  {
    title: "help about no command",
    args: () => ["help", "nope"],
    exitCode: 2,
    says: /there is no command nope; commands are sync, run, check/,
  },
  {
    title: "help about a typo",
    args: () => ["chek", "--help"],
    exitCode: 2,
    says: /there is no command chek/,
    hints: /s3sync check --help/,
  },
  {
    title: "a typo in a word of bsync",
    args: ({ source, bucket }) => ["bsync", "ad", source, bucket.url()],
    exitCode: 2,
    says: /bsync knows no ad; did you mean add\?/,
    hints: /s3sync bsync add/,
  },
  {
    title: "bsync help",
    args: () => ["bsync", "help"],
    exitCode: 2,
    says: /bsync knows no help/,
    hints: /s3sync bsync --help/,
  },
  {
    title: "a directory to clean up that is not there",
    args: ({ out }) => ["cleanup", out],
    exitCode: 2,
    says: /out does not exist/,
    hints: /see s3sync cleanup --help/,
  },
  {
    title: "a file to clean up",
    args: ({ file }) => ["cleanup", file],
    exitCode: 2,
    says: /file is not a directory/,
  },
  {
    title: "an option that a command does not have",
    args: () => ["bsync", "--acl", "private"],
    exitCode: 2,
    says: /--acl means nothing to bsync/,
    hints: /see s3sync bsync --help/,
  },
];
