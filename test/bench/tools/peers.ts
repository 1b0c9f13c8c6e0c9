/**
 * How the other tools are told what to do. Default settings, except where said.
 *
 * @module
 */
import { awsEnv, type Job, region, type Tool } from "../tool.ts";

/** https://github.com/peak/s5cmd */
export function s5cmd(program: string, version: string): Tool {
  return {
    label: "s5cmd",
    version,
    settings: "size and time compared; Content-MD5 sent, downloads not verified",
    command: (job) => ({
      argv: [program, "--endpoint-url", job.server.endpoint, "sync", ...sides(job, "*")],
      env: awsEnv(job.server),
    }),
  };
}

/** https://github.com/aws/aws-cli */
export function aws(program: string, version: string): Tool {
  return {
    label: "aws",
    version,
    settings: "size and time compared; CRC sent and verified by SDK defaults",
    command: (job) => ({
      argv: [program, "s3", "sync", ...sides(job, ""), "--endpoint-url", job.server.endpoint],
      env: awsEnv(job.server),
    }),
  };
}

/** Source and target; `all` is what has to follow a source bucket. */
function sides(job: Job, all: string): string[] {
  switch (job.kind) {
    case "upload":
      return [`${job.directory}/`, `s3://${job.bucket}/`];
    case "download":
      return [`s3://${job.bucket}/${all}`, `${job.directory}/`];
    case "copy":
      return [`s3://${job.from}/${all}`, `s3://${job.to}/`];
  }
}

/** https://github.com/rclone/rclone */
export function rclone(program: string, version: string): Tool[] {
  const tool =
    (words: readonly string[]): Tool["command"] =>
    (job) => ({
      argv: [program, "--config", "", "sync", "--fast-list", ...words, ...remotes(job)],
      env: {
        RCLONE_CONFIG_BENCH_TYPE: "s3",
        RCLONE_CONFIG_BENCH_PROVIDER: "Minio",
        RCLONE_CONFIG_BENCH_ENDPOINT: job.server.endpoint,
        RCLONE_CONFIG_BENCH_REGION: region,
        RCLONE_CONFIG_BENCH_ACCESS_KEY_ID: job.server.accessKeyId,
        RCLONE_CONFIG_BENCH_SECRET_ACCESS_KEY: job.server.secretAccessKey,
      },
    });
  return [
    {
      label: "rclone",
      version,
      settings:
        "--checksum, because its default asks for every object's metadata; --fast-list; MD5 verified",
      only: { scenarios: ["small", "large", "list"] },
      command: tool(["--checksum"]),
    },
    {
      label: "rclone by time",
      version,
      settings:
        "--update --use-server-modtime, because --checksum would read every file; --fast-list",
      only: { scenarios: ["files"] },
      command: tool(["--update", "--use-server-modtime"]),
    },
  ];
}

function remotes(job: Job): string[] {
  switch (job.kind) {
    case "upload":
      return [job.directory, `bench:${job.bucket}`];
    case "download":
      return [`bench:${job.bucket}`, job.directory];
    case "copy":
      return [`bench:${job.from}`, `bench:${job.to}`];
  }
}

/** https://github.com/minio/mc */
export function mc(program: string, version: string): Tool {
  return {
    label: "mc",
    version,
    settings: "size compared; payload signed on uploads, downloads not verified",
    command: (job) => {
      const address = new URL(job.server.endpoint);
      address.username = job.server.accessKeyId;
      address.password = job.server.secretAccessKey;
      return {
        argv: [program, "--config-dir", `${job.homeDir}/.mc`, "mirror", ...aliased(job)],
        env: { MC_HOST_bench: address.href.replace(/\/$/, "") },
      };
    },
  };
}

function aliased(job: Job): string[] {
  switch (job.kind) {
    case "upload":
      return [`${job.directory}/`, `bench/${job.bucket}/`];
    case "download":
      return [`bench/${job.bucket}/`, `${job.directory}/`];
    case "copy":
      return [`bench/${job.from}/`, `bench/${job.to}/`];
  }
}

/** Not a peer: what it takes to look at every file, and nothing more. */
export function find(program: string, version: string): Tool {
  return {
    label: "find",
    version,
    settings: "prints size, time and name of every file",
    only: { scenarios: ["files"] },
    command: (job) => {
      const root = job.kind === "copy" ? "/" : job.directory;
      return { argv: [program, root, "-type", "f", "-printf", "%s %T@ %p\\n"], env: {} };
    },
  };
}
