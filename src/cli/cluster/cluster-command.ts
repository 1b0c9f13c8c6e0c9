/**
 * `s3sync cluster`: work that many machines share.
 *
 * @module
 */
import { onlyFor, type OptionName, SyncError } from "../../index.ts";
import { type ExitCode, exitCode, exitCodeHelp } from "../exit-codes.ts";
import { commandHelp } from "../help.ts";
import { refuseOthers } from "../layers.ts";
import { closest } from "../suggest.ts";
import { type ClusterCall } from "./call.ts";
import { runCancel, runForget, runRetry } from "./change.ts";
import {
  aboutCancel,
  aboutCluster,
  aboutForget,
  aboutRetry,
  aboutStatus,
  aboutSubmit,
  aboutWait,
  aboutWorker,
} from "./help-texts.ts";
import { runStatusOfCluster } from "./status.ts";
import { runSubmit } from "./submit.ts";
import { runWait } from "./wait.ts";
import { runWorker } from "./work.ts";

interface Action {
  readonly about: string;
  /** What it takes besides where the servers are; `undefined`: the options of a run as well. */
  readonly takes: readonly OptionName[] | undefined;
  readonly codes: typeof exitCodeHelp;
  readonly run: (call: ClusterCall) => Promise<ExitCode>;
}

const ofWork: readonly OptionName[] = ["job", "shared-path", "slots", "idle-timeout", "wait"];
const access = onlyFor.cluster.filter((name) => !ofWork.includes(name));
const printing: readonly OptionName[] = ["json-tracing", "config"];
const logging: readonly OptionName[] = [
  ...printing,
  ...(["tracing-stderr", "disable-color-tracing"] as const),
];

const usualCodes: typeof exitCodeHelp = [
  [exitCode.fine, "it is done"],
  [exitCode.error, "an error ended it: no such job, or no servers"],
  [exitCode.usage, "an option or argument makes no sense; nothing was done"],
];

/** What is otherwise where others do the work. */
const waitCodes: Readonly<Partial<Record<ExitCode, string>>> = {
  [exitCode.sigint]: "the job was cancelled; or Ctrl-C ended the waiting, and the job goes on",
  [exitCode.sigterm]: "SIGTERM ended the waiting, and the job goes on",
};

const workerCodes: typeof exitCodeHelp = [
  [
    exitCode.fine,
    "it was told to end and has finished what was in work, or had nothing to do for --idle-timeout",
  ],
  ...usualCodes.slice(1),
  [exitCode.sigint, "a second Ctrl-C ended it at once"],
  [exitCode.sigterm, "a second SIGTERM ended it at once"],
];

const actions = {
  submit: {
    about: aboutSubmit,
    takes: undefined,
    codes: [
      [
        exitCode.fine,
        "the job is submitted; with --wait or --nats embedded: everything is in step",
      ],
      ...exitCodeHelp.filter(([code]) => code !== exitCode.fine),
    ],
    run: runSubmit,
  },
  worker: {
    about: aboutWorker,
    takes: ["slots", "idle-timeout", ...logging, "aws-sdk-tracing", "span-events-tracing"],
    codes: workerCodes,
    run: runWorker,
  },
  wait: {
    about: aboutWait,
    takes: ["job", ...logging, "summary-json", "show-no-progress"],
    codes: exitCodeHelp.map(([code, text]) => [code, waitCodes[code] ?? text] as const),
    run: runWait,
  },
  status: {
    about: aboutStatus,
    takes: ["job", ...printing],
    codes: usualCodes,
    run: runStatusOfCluster,
  },
  cancel: { about: aboutCancel, takes: ["job", ...printing], codes: usualCodes, run: runCancel },
  retry: { about: aboutRetry, takes: ["job", ...printing], codes: usualCodes, run: runRetry },
  forget: { about: aboutForget, takes: ["job", ...printing], codes: usualCodes, run: runForget },
} as const satisfies Readonly<Record<string, Action>>;

type ActionName = keyof typeof actions;

function isAction(word: string): word is ActionName {
  return Object.hasOwn(actions, word);
}

/** Whether what follows `cluster` is one of its own words, and no TARGET. */
export function isForCluster([word = ""]: readonly string[]): boolean {
  return isAction(word);
}

/** What `s3sync cluster --help` prints, or `s3sync cluster submit --help`. */
export function clusterHelpText([word = ""]: readonly string[] = []): string {
  if (!isAction(word)) return aboutCluster;
  const { about, takes, codes }: Action = actions[word];
  const own = takes ?? onlyFor.cluster;
  return commandHelp(about, (name) => access.includes(name) || own.includes(name), codes);
}

/**
 * Carries out the command.
 *
 * @throws SyncError `usage`, or what kept it from being done
 */
export async function runCluster({ positionals, ...call }: ClusterCall): Promise<ExitCode> {
  const [word = "", ...rest] = positionals;
  if (!isAction(word)) throw noAction(word);
  const { takes, run }: Action = actions[word];
  if (takes !== undefined) {
    refuseOthers(
      call.typed,
      (name) => access.includes(name) || takes.includes(name),
      `cluster ${word}`,
    );
  }
  return await run({ ...call, positionals: rest });
}

function noAction(word: string): SyncError {
  const names = Object.keys(actions);
  const guess = closest(word, names, 3);
  const what = word === "" ? "cluster needs a word more" : `there is no command cluster ${word}`;
  return new SyncError("usage", `${what}: ${names.join(", ")}`, {
    hint: guess === undefined ? undefined : `Is cluster ${guess} meant?`,
  });
}
