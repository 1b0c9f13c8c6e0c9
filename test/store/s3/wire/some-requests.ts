/**
 * Sends some requests and then does nothing more: whatever is left behind keeps this process alive.
 *
 *     bun some-requests.ts ORIGIN KEY
 *
 * @module
 */
import { bytesBody } from "../../../../src/store/body.ts";
import { never, StubClient } from "../../../support/stub-s3.ts";

const [, , origin = "", key = ""] = process.argv;
const stub = new StubClient(origin);
const none = { md5: undefined, sha256: undefined };
await stub.api.putObject(key, bytesBody(new Uint8Array(9)), none, { metadata: {} }, never());
await stub.api.headObject(key, {}, never());
await stub.api.abortMultipartUpload({ key, id: "id" }, never());
process.stdout.write("done");
