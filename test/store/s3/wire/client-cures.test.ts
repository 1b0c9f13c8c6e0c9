/**
 * What the client mends by itself, once: a wrong clock, a wrong region, keys that are no more. And where it never
 * goes.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import type { CredentialSource } from "../../../../src/store/s3/credentials.ts";
import type { Endpoint } from "../../../../src/store/s3/endpoint.ts";
import type { RawRequest } from "../../../support/raw-server.ts";
import {
  endpointAt,
  errorXml,
  exampleCredentials,
  isSignedRight,
  never,
  rejection,
  startStub,
  type StubAnswer,
  StubClient,
} from "../../../support/stub-s3.ts";
import { authority, goodIdentity } from "../support/transports.ts";

const hour = 3_600_000;
const fine: StubAnswer = { headers: { etag: '"x"' } };
const head = (stub: StubClient): Promise<unknown> => stub.api.headObject("key", {}, never());
const get = (stub: StubClient): Promise<unknown> =>
  stub.api.getObject("key", {}, (body) => body.bytes(), never());

/** Milliseconds since 1970 that a request says it is. */
function signedAt(request: RawRequest | undefined): number {
  const digits = request?.headers["x-amz-date"] ?? "";
  return Date.parse(digits.replace(/^(....)(..)(..T..)(..)(..Z)$/, "$1-$2-$3:$4:$5"));
}

function dateHeader(offsetMs: number): Record<string, string> {
  return { date: new Date(Date.now() + offsetMs).toUTCString() };
}

describe("a wrong clock", () => {
  const skewed = (offsetMs: number): StubAnswer => ({
    status: 403,
    headers: dateHeader(offsetMs),
    body: errorXml("RequestTimeTooSkewed"),
  });

  test("is put right by the server's Date, and the request is sent again", async () => {
    await using server = await startStub([skewed(2 * hour), fine]);
    using stub = new StubClient(server.origin);
    await get(stub);
    expect(server.requests).toHaveLength(2);
    expect(Math.abs(signedAt(server.requests[1]) - Date.now() - 2 * hour)).toBeLessThan(5000);
  });

  test("stays right for the requests that follow", async () => {
    await using server = await startStub([skewed(-2 * hour), fine]);
    using stub = new StubClient(server.origin);
    await get(stub);
    await get(stub);
    expect(server.requests).toHaveLength(3);
    expect(Math.abs(signedAt(server.requests[2]) - Date.now() + 2 * hour)).toBeLessThan(5000);
  });

  test("is put right even when there is to be one try only", async () => {
    await using server = await startStub([skewed(2 * hour), fine]);
    using stub = new StubClient(server.origin, { retry: { maxAttempts: 1, initialBackoffMs: 1 } });
    await get(stub);
  });

  test("is put right once: a server that keeps complaining is told as it is", async () => {
    await using server = await startStub([skewed(2 * hour)]);
    using stub = new StubClient(server.origin);
    expect(await rejection(get(stub))).toMatchObject({ code: "clock-skew" });
    expect(server.requests).toHaveLength(2);
  });

  test("without a Date of the server cannot be put right", async () => {
    await using server = await startStub([
      { status: 403, body: errorXml("RequestTimeTooSkewed") },
      fine,
    ]);
    using stub = new StubClient(server.origin);
    expect(await rejection(get(stub))).toMatchObject({ code: "clock-skew" });
    expect(server.requests).toHaveLength(1);
  });

  test("is what a bare 403 with a far-off Date means: HEAD has no body to say so", async () => {
    await using server = await startStub([{ status: 403, headers: dateHeader(2 * hour) }, fine]);
    using stub = new StubClient(server.origin);
    await head(stub);
    expect(server.requests).toHaveLength(2);
  });

  test("is not what a bare 403 with the right Date means", async () => {
    await using server = await startStub([{ status: 403, headers: dateHeader(0) }, fine]);
    using stub = new StubClient(server.origin);
    expect(await rejection(head(stub))).toMatchObject({ code: "access-denied" });
    expect(server.requests).toHaveLength(1);
  });

  test("is not what AccessDenied means, whatever the Date", async () => {
    const denied = { status: 403, headers: dateHeader(2 * hour), body: errorXml("AccessDenied") };
    await using server = await startStub([denied, fine]);
    using stub = new StubClient(server.origin);
    expect(await rejection(get(stub))).toMatchObject({ code: "access-denied" });
    expect(server.requests).toHaveLength(1);
  });

  test("is put right for all requests that are under way together", async () => {
    const date = new Date(Date.now() + 2 * hour).toUTCString();
    let waiting: (() => void)[] = [];
    await using server = await startStub((_request, number, peer) => {
      if (number > 2) return fine;
      // Both have to be signed before either is answered.
      waiting.push(() => peer.write(`HTTP/1.1 403 Forbidden\r\nDate: ${date}\r\n\r\n`));
      if (number === 2) {
        for (const answer of waiting) answer();
        waiting = [];
      }
      return undefined;
    });
    using stub = new StubClient(server.origin);
    await Promise.all([head(stub), head(stub)]);
    expect(server.requests).toHaveLength(4);
  });
});

const elsewhere: readonly (readonly [string, StubAnswer])[] = [
  [
    "301 with x-amz-bucket-region",
    { status: 301, headers: { "x-amz-bucket-region": "eu-west-1" } },
  ],
  [
    "301 PermanentRedirect with x-amz-bucket-region",
    {
      status: 301,
      headers: { "x-amz-bucket-region": "eu-west-1" },
      body: errorXml("PermanentRedirect"),
    },
  ],
  [
    "307 with x-amz-bucket-region",
    { status: 307, headers: { "x-amz-bucket-region": "eu-west-1" } },
  ],
  [
    "400 AuthorizationHeaderMalformed with the region in the document",
    {
      status: 400,
      body: errorXml("AuthorizationHeaderMalformed", "wrong", "<Region>eu-west-1</Region>"),
    },
  ],
  [
    "a bare 400 with x-amz-bucket-region, as HEAD gets it",
    { status: 400, headers: { "x-amz-bucket-region": "eu-west-1" } },
  ],
];

describe("a wrong region", () => {
  test.each(elsewhere)("told by %s: the endpoint is resolved anew, once", async (_, refusal) => {
    await using here = await startStub([refusal]);
    await using there = await startStub([fine]);
    const asked: (string | undefined)[] = [];
    using stub = new StubClient("http://unused.invalid", {
      endpoint: (region) => {
        asked.push(region);
        const { origin } = region === undefined ? here : there;
        return Promise.resolve(endpointAt(origin, region));
      },
    });
    await get(stub);
    await get(stub);
    expect(asked).toEqual([undefined, "eu-west-1"]);
    expect(here.requests).toHaveLength(1);
    expect(there.requests).toHaveLength(2);
    for (const request of there.requests) {
      expect(request.headers["authorization"]).toContain("/eu-west-1/s3/aws4_request");
      expect(isSignedRight(request, undefined, "eu-west-1")).toBe(true);
    }
  });

  test("at the same address is only signed anew", async () => {
    await using server = await startStub([elsewhere[0]?.[1] ?? fine, fine]);
    using stub = new StubClient(server.origin, {
      endpoint: (region) => Promise.resolve(endpointAt(server.origin, region)),
    });
    await get(stub);
    expect(server.requests.map((request) => isSignedRight(request))).toEqual([true, false]);
    const [, second] = server.requests;
    expect(second === undefined || isSignedRight(second, undefined, "eu-west-1")).toBe(true);
  });

  test("is followed once, not from region to region", async () => {
    const toRegion = (region: string): StubAnswer => ({
      status: 301,
      headers: { "x-amz-bucket-region": region },
    });
    await using server = await startStub([toRegion("eu-west-1"), toRegion("eu-west-2")]);
    using stub = new StubClient(server.origin, {
      endpoint: (region) => Promise.resolve(endpointAt(server.origin, region)),
    });
    const error = await rejection(get(stub));
    expect(error).toMatchObject({ code: "wrong-region" });
    expect(error).toHaveProperty("hint", expect.stringContaining("region"));
    expect(server.requests).toHaveLength(2);
  });

  test("that is the one we are in already is an error at once", async () => {
    const same = { status: 301, headers: { "x-amz-bucket-region": "us-east-1" } };
    await using server = await startStub([same]);
    using stub = new StubClient(server.origin);
    expect(await rejection(get(stub))).toMatchObject({ code: "wrong-region" });
    expect(server.requests).toHaveLength(1);
  });

  test("is mended for all requests that are under way together", async () => {
    const refusal =
      "HTTP/1.1 301 Moved\r\nx-amz-bucket-region: eu-west-1\r\nContent-Length: 0\r\n\r\n";
    const waiting: (() => void)[] = [];
    await using here = await startStub((_request, number, peer) => {
      waiting.push(() => peer.write(refusal));
      if (number === 2) for (const answer of waiting) answer();
      return undefined;
    });
    await using there = await startStub([fine]);
    using stub = new StubClient("http://unused.invalid", {
      endpoint: (region) =>
        Promise.resolve(endpointAt(region === undefined ? here.origin : there.origin, region)),
    });
    await Promise.all([get(stub), get(stub)]);
    expect(there.requests).toHaveLength(2);
  });
});

describe("a redirect's Location is never followed", () => {
  test.each([301, 302, 303, 307, 308])("%i", async (status) => {
    await using other = await startStub([fine]);
    const location = `${other.origin}/bucket/key`;
    const body = errorXml("TemporaryRedirect", "m", `<Endpoint>${other.origin}</Endpoint>`);
    await using server = await startStub([{ status, headers: { location }, body }]);
    const credentials = { accessKeyId: "AKIA", secretAccessKey: "s", sessionToken: "token" };
    using stub = new StubClient(server.origin, { credentials: () => Promise.resolve(credentials) });
    const error = await rejection(get(stub));
    expect(error).toMatchObject({ status, retryable: false });
    expect(other.connections).toBe(0);
  });

  test("nor is it for a key that takes the raw path", async () => {
    await using other = await startStub([fine]);
    const headers = { location: `${other.origin}/bucket/key` };
    await using server = await startStub([{ status: 307, headers }]);
    using stub = new StubClient(server.origin);
    await rejection(stub.api.headObject("a/../b", {}, never()));
    expect(other.connections).toBe(0);
  });
});

describe("https", () => {
  const moved: StubAnswer = { status: 301, headers: { "x-amz-bucket-region": "eu-west-1" } };

  test("never becomes http, even if the endpoint is resolved so", async () => {
    await using plain = await startStub([fine]);
    await using server = await startStub([moved], goodIdentity);
    const endpoint = (region?: string): Promise<Endpoint> =>
      Promise.resolve(endpointAt(region === undefined ? server.origin : plain.origin, region));
    using stub = new StubClient(server.origin, { ca: authority.cert, endpoint });
    expect(await rejection(get(stub))).toMatchObject({ code: "wrong-region" });
    expect(plain.connections).toBe(0);
  });

  test("may move to another https endpoint", async () => {
    await using there = await startStub([fine], goodIdentity);
    await using server = await startStub([moved], goodIdentity);
    const endpoint = (region?: string): Promise<Endpoint> =>
      Promise.resolve(endpointAt(region === undefined ? server.origin : there.origin, region));
    using stub = new StubClient(server.origin, { ca: authority.cert, endpoint });
    await get(stub);
    expect(there.requests).toHaveLength(1);
  });
});

describe("keys that are no more", () => {
  const gone: StubAnswer = { status: 403, body: errorXml("InvalidAccessKeyId") };
  const others = { ...exampleCredentials, accessKeyId: "another" };
  /** Gives the other keys from when the first are refused. */
  const replacing = (): CredentialSource => {
    let now = exampleCredentials;
    return (refused) => {
      if (refused === exampleCredentials) now = others;
      return Promise.resolve(now);
    };
  };
  const keyOf = (request: RawRequest): string =>
    /Credential=([^/]+)/.exec(request.headers["authorization"] ?? "")?.[1] ?? "";

  test("are replaced, and the request is sent again", async () => {
    await using server = await startStub([gone, fine]);
    using stub = new StubClient(server.origin, { credentials: replacing() });
    await get(stub);
    expect(server.requests.map(keyOf)).toEqual([exampleCredentials.accessKeyId, "another"]);
  });

  test("are replaced where the answer cannot say why: HEAD has no body", async () => {
    await using server = await startStub([{ status: 403 }, fine]);
    using stub = new StubClient(server.origin, { credentials: replacing() });
    await stub.api.headObject("key", {}, never());
    expect(server.requests.map(keyOf)).toEqual([exampleCredentials.accessKeyId, "another"]);
  });

  test("are not looked for when the server says that the keys are good, and may not", async () => {
    await using server = await startStub([{ status: 403, body: errorXml("AccessDenied") }, fine]);
    using stub = new StubClient(server.origin, { credentials: replacing() });
    expect(await rejection(get(stub))).toMatchObject({ code: "access-denied" });
    expect(server.requests).toHaveLength(1);
  });

  test("are replaced once", async () => {
    await using server = await startStub([gone]);
    using stub = new StubClient(server.origin, { credentials: replacing() });
    expect(await rejection(get(stub))).toMatchObject({ code: "credentials" });
    expect(server.requests).toHaveLength(2);
  });

  test("are an error at once where there are no others", async () => {
    await using server = await startStub([gone]);
    using stub = new StubClient(server.origin);
    expect(await rejection(get(stub))).toMatchObject({ code: "credentials" });
    expect(server.requests).toHaveLength(1);
  });

  test("are told as they are when there are none at all any more", async () => {
    await using server = await startStub([gone]);
    const failing: CredentialSource = (refused) =>
      refused === undefined
        ? Promise.resolve(exampleCredentials)
        : Promise.reject(new Error("the process failed"));
    using stub = new StubClient(server.origin, { credentials: failing });
    const error = await rejection(get(stub));
    expect(error).toMatchObject({ code: "credentials", reason: "InvalidAccessKeyId" });
  });
});
