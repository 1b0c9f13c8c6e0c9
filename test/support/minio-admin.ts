/**
 * Accounts of a MinIO server: for tests of what happens when somebody may do less, or exists no longer.
 *
 * @module
 */
import crypto from "node:crypto";

import type { Credentials } from "../../src/store/s3/credentials.ts";
import { encodeQuery } from "../../src/store/s3/wire/encode.ts";
import { amzDate, Signer } from "../../src/store/s3/wire/sigv4.ts";
import { elementText } from "../../src/store/s3/wire/xml.ts";
import { keepSecret } from "./secrets.ts";
import { httpServer, isUsualServer, type TestServer } from "./servers.ts";

/** Whether the http server of this run is a MinIO of ours: only then there are accounts to make. */
export const hasAccounts = isUsualServer();

/** One statement of a policy. */
export interface Statement {
  readonly Effect: "Allow" | "Deny";
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
}

/** May do all there is. */
export const everything: readonly Statement[] = [
  { Effect: "Allow", Action: ["s3:*"], Resource: ["arn:aws:s3:::*"] },
];

/** A user who may do what a policy says. Dispose of it. */
export class Account implements AsyncDisposable {
  private constructor(
    readonly server: TestServer,
    private readonly root: TestServer,
  ) {}

  static async create(policy: readonly Statement[], root = httpServer()): Promise<Account> {
    const accessKeyId = `user-${crypto.randomUUID().slice(0, 13)}`;
    const secretAccessKey = keepSecret(crypto.randomUUID(), "the secret access key of an account");
    const document = { Version: "2012-10-17", Statement: policy };
    const text = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
    const user = text({ secretKey: secretAccessKey, status: "enabled" });
    const secret = encrypted(root.secretAccessKey, user);
    await call(root, "PUT", "add-user", { accessKey: accessKeyId }, secret);
    await call(root, "PUT", "add-canned-policy", { name: accessKeyId }, text(document));
    const binding = { policyName: accessKeyId, userOrGroup: accessKeyId, isGroup: "false" };
    await call(root, "PUT", "set-user-or-group-policy", binding);
    return new Account({ ...root, accessKeyId, secretAccessKey }, root);
  }

  /** From now on the server does not know it. */
  async remove(): Promise<void> {
    await call(this.root, "DELETE", "remove-user", { accessKey: this.server.accessKeyId });
  }

  /** Keys for an hour, with a session token, as MinIO's own STS gives them. */
  async temporary(): Promise<Required<Credentials> & { readonly expiration: string }> {
    const form = "Action=AssumeRole&Version=2011-06-15&DurationSeconds=3600";
    const type = { "content-type": "application/x-www-form-urlencoded" };
    const request = { method: "POST", path: "/", body: Buffer.from(form), headers: type };
    const xml = await send(this.server, "sts", request);
    const read = (name: string): string => elementText(xml, name) ?? "";
    return {
      accessKeyId: read("AccessKeyId"),
      secretAccessKey: keepSecret(read("SecretAccessKey"), "a temporary secret access key"),
      sessionToken: keepSecret(read("SessionToken"), "a session token"),
      expiration: read("Expiration"),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.remove().catch(() => undefined);
    await call(this.root, "DELETE", "remove-canned-policy", { name: this.server.accessKeyId });
  }
}

/** From now on a bucket holds no object of so many bytes. What is in it counts only after the server's next look. */
export function setQuota(bucket: string, bytes: number, root = httpServer()): Promise<void> {
  const quota = Buffer.from(JSON.stringify({ quota: bytes, quotatype: "hard" }));
  return call(root, "PUT", "set-bucket-quota", { bucket }, quota);
}

/** @see https://github.com/minio/madmin-go */
async function call(
  root: TestServer,
  method: string,
  name: string,
  query: Readonly<Record<string, string>>,
  body?: Buffer,
): Promise<void> {
  const path = `/minio/admin/v3/${name}`;
  await send(root, "s3", { method, path, query: encodeQuery(query), body });
}

interface Request {
  readonly method: string;
  readonly path: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | undefined;
}

/** @returns the answer's text */
async function send(
  { endpoint, accessKeyId, secretAccessKey }: TestServer,
  service: string,
  { method, path, query = "", headers: more, body = Buffer.alloc(0) }: Request,
): Promise<string> {
  const { origin, host } = new URL(endpoint);
  const payloadHash = crypto.createHash("sha256").update(body).digest("hex");
  const date = amzDate(Date.now());
  const headers = { ...more, host, "x-amz-date": date, "x-amz-content-sha256": payloadHash };
  const authorization = new Signer().authorization(
    { method, path, query, headers, payloadHash },
    { accessKeyId, secretAccessKey, sessionToken: undefined },
    { region: "us-east-1", service },
    date,
  );
  const response = await fetch(`${origin}${path}${query === "" ? "" : `?${query}`}`, {
    method,
    headers: { ...headers, authorization },
    ...(body.byteLength === 0 ? {} : { body: new Uint8Array(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text;
}

/** What a text of one piece is in MinIO's format: salt, kind, nonce, then AES-256-GCM under a key out of PBKDF2. */
function encrypted(password: string, data: Buffer): Buffer {
  const salt = crypto.randomBytes(32);
  const key = crypto.pbkdf2Sync(password, salt, 8192, 32, "sha256");
  const nonce = crypto.randomBytes(8);
  const last = Buffer.concat([Buffer.of(0x80), sealed(key, nonce, 0, Buffer.alloc(0))]);
  return Buffer.concat([salt, Buffer.of(2), nonce, sealed(key, nonce, 1, data, last)]);
}

function sealed(key: Buffer, nonce: Buffer, number: number, data: Buffer, about?: Buffer): Buffer {
  const counter = Buffer.alloc(4);
  counter.writeUInt32LE(number);
  const cipher = crypto.createCipheriv("aes-256-gcm", key, Buffer.concat([nonce, counter]));
  if (about !== undefined) cipher.setAAD(about);
  return Buffer.concat([cipher.update(data), cipher.final(), cipher.getAuthTag()]);
}
