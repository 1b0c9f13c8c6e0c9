/**
 * Servers that do one thing wrong, made of a right one and a proxy that lies: the doctor notices each.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import type { Finding } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { contentsOf, doctorInput, examined } from "../support/examination.ts";
import {
  type Answer,
  type Fault,
  FaultProxy,
  type Match,
  type SeenRequest,
} from "../support/fault-proxy.ts";
import { httpServer } from "../support/servers.ts";

type Rewrite = (answer: Answer, request: SeenRequest) => Answer;

/** A lie about an operation. */
interface Lie {
  readonly title: string;
  readonly match: Match;
  readonly fault: Fault | Rewrite;
  readonly name: string;
  readonly finds: Partial<Finding>;
}

const asAccepted: Rewrite = ({ headers }) => ({
  status: 200,
  headers: new Map([...headers, ["etag", `"${"0".repeat(32)}"`]]),
  body: Buffer.alloc(0),
});

function withHeader(name: string, value: string | undefined): Rewrite {
  return (answer) => {
    const headers = new Map(answer.headers);
    headers.delete(name);
    if (value !== undefined) headers.set(name, value);
    return { ...answer, headers };
  };
}

/** Puts what a listing shows into another order, or leaves something out. */
function relisted(change: (contents: readonly string[]) => readonly string[]): Rewrite {
  return (answer) => {
    const xml = answer.body.toString();
    const contents = xml.match(/<Contents>.*?<\/Contents>/gs) ?? [];
    const [head = xml] = xml.split("<Contents>", 1);
    const tail = xml.slice(xml.lastIndexOf("</Contents>") + "</Contents>".length);
    if (contents.length === 0) return answer;
    return { ...answer, body: Buffer.from(head + change(contents).join("") + tail) };
  };
}

function keyIn(contents: string): string {
  return decodeURIComponent(/<Key>(.*?)<\/Key>/s.exec(contents)?.[1] ?? "");
}

const isAtRoot: Match = ({ operation, target }) =>
  operation === "ListObjectsV2" && !/start-after|max-keys|continuation/.test(target);

function having(operation: string, header: string, value = /./): Match {
  return (request) =>
    request.operation === operation && value.test(request.headers.get(header) ?? "");
}

const wrong: Match = ({ operation, target }) =>
  operation === "PutObject" && target.endsWith("/wrong");

const seconds = (count: number): Rewrite =>
  withHeader("date", new Date(Date.now() + count * 1000).toUTCString());
const all: Match = () => true;

const lies: readonly Lie[] = [
  {
    title: "ignores If-None-Match on PUT",
    match: having("PutObject", "if-none-match"),
    fault: asAccepted,
    name: "If-None-Match on PUT",
    finds: { outcome: "degraded", consequence: expect.stringContaining("--if-none-match") },
  },
  {
    title: "ignores If-Match on PUT",
    match: having("PutObject", "if-match"),
    fault: asAccepted,
    name: "If-Match on PUT",
    finds: { outcome: "degraded", consequence: expect.stringContaining("--if-match") },
  },
  {
    title: "does not know If-None-Match",
    match: having("PutObject", "if-none-match"),
    fault: { kind: "refuse", status: 501, code: "NotImplemented" },
    name: "If-None-Match on PUT",
    finds: { outcome: "degraded", detail: expect.stringContaining("NotImplemented") },
  },
  ...["Content-MD5", "signed SHA-256", "checksum CRC32C", "checksum CRC64NVME"].map((name) => ({
    ...{ title: `accepts a wrong ${name}`, match: wrong, fault: asAccepted, name },
    finds: { outcome: "degraded" } as const,
  })),
  {
    title: "keeps no checksum",
    match: "HeadObject",
    fault: withHeader("x-amz-checksum-sha256", undefined),
    name: "checksum SHA256",
    finds: { outcome: "degraded", detail: expect.stringContaining("none is kept") },
  },
  {
    title: "has ETags that are no MD5s",
    match: "PutObject",
    fault: withHeader("etag", '"abc"'),
    name: "ETags",
    finds: { outcome: "degraded", consequence: expect.stringContaining("not verified") },
  },
  {
    title: "lists backwards",
    match: isAtRoot,
    fault: relisted((contents) => contents.toReversed()),
    name: "order of listings",
    finds: { outcome: "bad", detail: expect.stringContaining("not by UTF-8 bytes") },
  },
  {
    title: "lists in the order of UTF-16",
    match: isAtRoot,
    fault: relisted((contents) => contents.toSorted((a, b) => (keyIn(a) < keyIn(b) ? -1 : 1))),
    name: "order of listings",
    finds: { outcome: "degraded", detail: expect.stringContaining("UTF-16") },
  },
  {
    title: "lists without regard to case",
    match: isAtRoot,
    fault: relisted((contents) =>
      contents.toSorted((a, b) => (keyIn(a).toLowerCase() < keyIn(b).toLowerCase() ? -1 : 1)),
    ),
    name: "order of listings",
    finds: { outcome: "bad" },
  },
  {
    title: "lists late",
    match: isAtRoot,
    fault: relisted((contents) => contents.slice(0, -1)),
    name: "fresh listings",
    finds: { outcome: "degraded" },
  },
  {
    title: "ignores ranges",
    match: having("GetObject", "range"),
    fault: (answer) => ({ ...withHeader("content-range", undefined)(answer, seen), status: 200 }),
    name: "ranges",
    finds: { outcome: "degraded" },
  },
  {
    title: "does not know part numbers",
    match: "HeadObject",
    fault: withHeader("x-amz-mp-parts-count", undefined),
    name: "part numbers",
    finds: { outcome: "degraded", detail: expect.stringContaining("tells nothing") },
  },
  {
    title: "does not count tags",
    match: "HeadObject",
    fault: withHeader("x-amz-tagging-count", undefined),
    name: "tags",
    finds: { outcome: "degraded", detail: expect.stringContaining("count") },
  },
  {
    title: "has no tags",
    match: "GetObjectTagging",
    fault: { kind: "refuse", status: 501, code: "NotImplemented" },
    name: "tags",
    finds: { outcome: "degraded", consequence: expect.stringContaining("--tagging") },
  },
  {
    title: "loses metadata",
    match: "HeadObject",
    fault: withHeader("x-amz-meta-odd", undefined),
    name: "user metadata",
    finds: { outcome: "degraded", detail: expect.stringContaining("odd") },
  },
  {
    title: "cannot copy",
    match: "CopyObject",
    fault: { kind: "refuse", status: 501, code: "NotImplemented" },
    name: "server-side copy",
    finds: { outcome: "degraded", consequence: expect.stringContaining("--server-side-copy") },
  },
  {
    title: "cannot delete many at once",
    match: "DeleteObjects",
    fault: { kind: "refuse", status: 501, code: "NotImplemented" },
    name: "DeleteObjects",
    finds: { outcome: "degraded", consequence: expect.stringContaining("--delete") },
  },
  {
    title: "has a clock that is two minutes ahead",
    match: all,
    fault: seconds(120),
    name: "clock",
    finds: { outcome: "degraded", detail: expect.stringContaining("behind the server") },
  },
  {
    title: "has a clock that is an hour behind",
    match: all,
    fault: seconds(-3600),
    name: "clock",
    finds: { outcome: "bad", detail: expect.stringMatching(/6[01] min ahead of the server/) },
  },
  {
    title: "tells no time",
    match: all,
    fault: withHeader("date", undefined),
    name: "clock",
    finds: { outcome: "unknown" },
  },
  {
    title: "takes nothing",
    match: "PutObject",
    fault: { kind: "refuse", status: 403, code: "AccessDenied" },
    name: "writing",
    finds: { outcome: "degraded", consequence: expect.stringContaining("SOURCE") },
  },
];

const seen: SeenRequest = {
  ...{ operation: "other", method: "", target: "", headers: new Map() },
  atMs: 0,
};

describe("the doctor notices a server that", () => {
  test.each([...lies])("$title", async ({ match, fault, name, finds }) => {
    await using proxy = await FaultProxy.start(httpServer());
    await using bucket = await TestBucket.create();
    const injection = proxy.inject(
      match,
      typeof fault === "function" ? { kind: "rewrite", rewrite: fault } : fault,
    );
    const server = { ...bucket.server, endpoint: proxy.endpoint };
    const findings = await examined(doctorInput(bucket, "p/", server));
    expect(injection.hits).toBeGreaterThan(0);
    expect(findings.get(name)).toMatchObject(finds);
    expect(await contentsOf(bucket)).toEqual(["0 uploads"]);
  });
});
