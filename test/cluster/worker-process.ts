/**
 * Workers in processes of their own.
 *
 * @module
 */
import path from "node:path";

import type { PartSharing } from "../../src/cluster/parts/part-sharing.ts";
import type { TestServer } from "../support/servers.ts";

const program = path.join(import.meta.dir, "mortal-worker.ts");

/** How long a task is theirs when they have died, in milliseconds. Whoever connects first settles that. */
export const leaseMs = 2000;

/** What a worker is begun with. */
export interface WorkerWish {
  readonly servers: string;
  /** They do not travel with jobs. */
  readonly credentials: Pick<TestServer, "accessKeyId" | "secretAccessKey">;
  /** Where S3 is, if jobs do not say it. */
  readonly endpoint?: string;
  readonly slots?: number;
  /** So many keys are looked at before a range is cut. */
  readonly leastKeys?: number;
  /** So many keys are looked at in one go; as usual where nothing is said. */
  readonly mostKeys?: number;
  /** How large objects are shared; as usual where nothing is said. */
  readonly sharing?: Partial<PartSharing>;
}

/** Those that were begun. Dispose of them. */
export class WorkerProcesses implements Disposable {
  private readonly living: Bun.Subprocess[] = [];

  /** Begins one more, and waits until it works. */
  async start(wish: WorkerWish): Promise<Bun.Subprocess> {
    const { servers, credentials, endpoint, slots = 2, leastKeys = 500, mostKeys } = wish;
    const { sharing = {} } = wish;
    const json = [{ leastKeys, mostKeys }, sharing].map((each) => JSON.stringify(each));
    const given = [servers, `${slots}`, ...json];
    const child = Bun.spawn([process.execPath, program, ...given], {
      env: {
        ...process.env,
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        ...(endpoint === undefined ? {} : { AWS_ENDPOINT_URL: endpoint, AWS_REGION: "us-east-1" }),
      },
      ...{ stdin: "pipe", stdout: "pipe", stderr: "inherit" },
    });
    this.living.push(child);
    const reader = child.stdout.getReader();
    await reader.read();
    reader.releaseLock();
    return child;
  }

  /**
   * One dies without a word.
   *
   * @param which from 0 to 1; without it the one that has lived longest
   */
  async killOne(which = 0): Promise<void> {
    const [victim] = this.living.splice(Math.floor(which * this.living.length), 1);
    victim?.kill("SIGKILL");
    await victim?.exited;
  }

  [Symbol.dispose](): void {
    for (const child of this.living) child.kill("SIGKILL");
  }
}
