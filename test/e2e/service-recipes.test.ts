/**
 * The files in README.md that make a service of a watch: checked by those that read them, as far as they are here.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { parseArguments } from "../../src/cli/arguments.ts";
import { readJobFile } from "../../src/cli/jobs/job-file.ts";
import { chosenJobs, planJobs } from "../../src/cli/jobs/plan-jobs.ts";
import { readmeFile } from "../support/option-reference.ts";
import { TempDir } from "../support/temp-dir.ts";

const readme = fs.readFileSync(readmeFile, "utf8");

function blocks(kind: string): string[] {
  return [...readme.matchAll(new RegExp(`\`\`\`${kind}\n(.*?)\`\`\``, "gs"))].map(
    ([, text = ""]) => text,
  );
}

const [unit = ""] = blocks("ini");
const [plist = "", winsw = ""] = blocks("xml");
const python = Bun.which("python3") ?? "";
const analyze = Bun.which("systemd-analyze") ?? "";

/** What a program says about a text, and its exit code. */
async function judged(command: readonly string[], text = ""): Promise<[number, string]> {
  const child = Bun.spawn([...command], {
    stdin: Buffer.from(text),
    stdout: "pipe",
    stderr: "pipe",
  });
  const said = await Promise.all(
    [child.stdout, child.stderr].map((each) => new Response(each).text()),
  );
  return [await child.exited, said.join("").trim()];
}

describe("the job", () => {
  test("is understood, and keeps going", () => {
    using dir = new TempDir();
    const text = blocks("toml").find((each) => each.includes("metrics-listen")) ?? "";
    const file = readJobFile(dir.write("s3sync.toml", text));
    const jobs = chosenJobs(file, ["photos"]);
    const [job] = planJobs(jobs, { file, typed: parseArguments([]), environment: {} });
    expect(job?.run.config).toMatchObject({
      watch: true,
      // Nobody looks at what is about to be deleted.
      ...{ requireMarker: ".mounted", maxDelete: { kind: "percent", most: 10 } },
      lock: "/var/lib/s3sync/photos.lock",
      metricsListen: { host: "127.0.0.1", port: 9464 },
    });
  });

  test.each([
    ["systemd", /^ExecStart=\S+ (.*)$/m.exec(unit)?.[1]],
    [
      "launchd",
      [...plist.matchAll(/<string>(.*)<\/string>/g)]
        .slice(2, 6)
        .map(([, text]) => text)
        .join(" "),
    ],
    ["WinSW", /<arguments>(.*)<\/arguments>/.exec(winsw)?.[1]],
  ])("is begun by %s", (_, line = "") => {
    const typed = parseArguments(line.split(" "));
    expect(typed.problems).toEqual([]);
    expect(typed.positionals).toEqual(["run", "photos"]);
    expect(line).toMatch(/--config \S+s3sync\.toml/);
  });
});

describe("the unit", () => {
  test.skipIf(analyze === "")("is one that systemd takes (needs systemd-analyze)", async () => {
    using dir = new TempDir();
    const here = unit.replace("/usr/local/bin/s3sync", process.execPath);
    const file = dir.write("s3sync.service", here);
    expect(await judged([analyze, "verify", "--man=no", file])).toEqual([0, ""]);
  });

  test.skipIf(analyze === "")(
    "leaves little to whoever breaks in (needs systemd-analyze)",
    async () => {
      using dir = new TempDir();
      const file = dir.write("s3sync.service", unit);
      const [code, said] = await judged([
        analyze,
        "security",
        "--offline=true",
        "--threshold=35",
        file,
      ]);
      expect(`${code} ${said.slice(-200)}`).toStartWith("0 ");
    },
  );

  test("has what the watch needs: readiness, reloading, a place for its state", () => {
    for (const line of [
      ...["Type=notify", "ExecReload=/bin/kill -HUP $MAINPID", "WatchdogSec=60"],
      ...["StateDirectory=s3sync", "Environment=S3SYNC_STATE_DIR=/var/lib/s3sync"],
    ]) {
      expect(unit.split("\n")).toContain(line);
    }
    expect(unit).not.toContain("MemoryDenyWriteExecute");
  });
});

describe.skipIf(python === "")("the files in XML (need python3)", () => {
  test("are read by the library of property lists", async () => {
    const program =
      "import json, plistlib, sys; print(json.dumps(plistlib.loads(sys.stdin.buffer.read())))";
    const [code, said] = await judged([python, "-c", program], plist);
    expect(code).toBe(0);
    expect(JSON.parse(said)).toMatchObject({
      Label: "com.example.s3sync",
      RunAtLoad: true,
      KeepAlive: { SuccessfulExit: false },
      ExitTimeOut: 600,
    });
  });

  test("are well-formed", async () => {
    const program =
      "import sys, xml.etree.ElementTree as t; print(t.fromstring(sys.stdin.read()).tag)";
    expect(await judged([python, "-c", program], winsw)).toEqual([0, "service"]);
  });
});
