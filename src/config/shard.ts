/**
 * Which of several runs this one is: how it is written, and what tells it by itself.
 *
 * @module
 */
import { type Shard, shardName } from "../core/shard.ts";
import { checked } from "./kinds.ts";

/** As many as an Indexed Job of Kubernetes can have. */
const mostShards = 100_000;

const hint = `a shard such as 3/16 is allowed, of at most ${mostShards}: the first of 16 is 1/16, the last one 16/16; or auto/16, of which Kubernetes or AWS Batch tell the number`;

/**
 * `3/16`, or `auto/16`: the number that an Indexed Job of Kubernetes or an array job of AWS Batch gives to each of its
 * processes. They count from 0.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/job/#completion-mode
 * @see https://docs.aws.amazon.com/batch/latest/userguide/job_env_vars.html
 */
export const shard = checked<Shard>({
  placeholder: "K/N",
  read(value) {
    const [, which = "", digits] = /^(auto|\d+)\/(\d+)$/.exec(value) ?? [];
    const count = Number(digits);
    if (which !== "auto") return { number: which === "" ? Number.NaN : Number(which), count };
    if (!isCount(count)) throw new Error(hint);
    return { number: ownNumber(count, process.env), count };
  },
  format: shardName,
  check: ({ number, count }) =>
    isCount(count) && Number.isSafeInteger(number) && number >= 1 && number <= count
      ? undefined
      : hint,
});

function isCount(count: number): boolean {
  return Number.isSafeInteger(count) && count >= 1 && count <= mostShards;
}

const indexes = ["JOB_COMPLETION_INDEX", "AWS_BATCH_JOB_ARRAY_INDEX"] as const;
const size = "AWS_BATCH_JOB_ARRAY_SIZE";

/** @throws Error when nobody tells it, or something else than would fit: keys would be left out without a word */
function ownNumber(count: number, environment: Readonly<Record<string, string | undefined>>) {
  const told = indexes.flatMap((name) => {
    const text = environment[name] ?? "";
    return text === "" ? [] : [{ name, text }];
  });
  const [first, second] = told;
  if (first === undefined) {
    throw new Error(`auto/${count} needs ${indexes.join(" or ")}, and neither is set`);
  }
  const { name, text } = first;
  if (second !== undefined && second.text !== text) {
    throw new Error(`auto/${count}: ${name} is ${text}, and ${second.name} is ${second.text}`);
  }
  if (!/^\d+$/.test(text) || Number(text) >= count) {
    throw new Error(`auto/${count}: ${name} is ${text}, and from 0 to ${count - 1} is allowed`);
  }
  const jobs = environment[size] ?? "";
  if (name === "AWS_BATCH_JOB_ARRAY_INDEX" && jobs !== "" && jobs !== `${count}`) {
    throw new Error(`auto/${count}: ${size} is ${jobs}, so there are not ${count} jobs`);
  }
  return Number(text) + 1;
}
