/**
 * What CloudFront is to forget of a run: gathered as it goes, told at its end.
 *
 * @module
 */
import { placeName } from "../config/place.ts";
import type { Config } from "../config/shape.ts";
import type { EventSink, SyncEvent } from "../core/events.ts";
import { s3OptionsOf } from "../sync/opening/s3-options.ts";
import { invalidate } from "./cloudfront.ts";
import { InvalidationPaths } from "./invalidation.ts";

/** Gathers and tells. Also what a run has changed that failed later: the next one would find it unchanged. */
export class Forgetting {
  private readonly gathered: InvalidationPaths;

  constructor(
    private readonly config: Config,
    private readonly distributionId: string,
  ) {
    const { cleanUrls, cloudfrontMaxPaths: mostPaths } = config;
    this.gathered = new InvalidationPaths({ cleanUrls, mostPaths });
  }

  hear(event: SyncEvent): void {
    if (event.type !== "synced" && event.type !== "deleted") return;
    this.gathered.add(this.config.cloudfrontPath.slice(1) + event.key);
  }

  /**
   * Tells CloudFront, or what it would be told.
   *
   * @throws SyncError that names the distribution
   */
  async carryOut(onEvent: EventSink, signal: AbortSignal): Promise<void> {
    const { config, distributionId } = this;
    const paths = this.gathered.paths();
    if (paths.length === 0) return;
    const notice = (message: string, isDoubtful = false): void =>
      onEvent({ type: "notice", message, isDoubtful });
    if (config.dryRun) {
      for (const path of paths) notice(`CloudFront ${distributionId} would forget ${path}`);
      return;
    }
    const many = paths.length === 1 ? "1 path" : `${paths.length} paths`;
    if (signal.aborted) {
      notice(`CloudFront ${distributionId} has not been told to forget ${many} that changed`, true);
      return;
    }
    const order = {
      distributionId,
      endpointUrl: config.cloudfrontEndpointUrl,
      access: { ...s3OptionsOf(config, "target"), bucket: placeName(config.target) },
      waits: config.cloudfrontWait,
    };
    const ids = await invalidate(paths, order, signal).catch((thrown: unknown) => {
      notice(`not forgotten by CloudFront: ${listed(paths)}`, true);
      throw thrown;
    });
    notice(`CloudFront ${distributionId} forgets ${many}: ${ids.join(", ")}`);
  }
}

const mostListed = 20;

/** The next run finds these unchanged, and tells CloudFront nothing of them. */
function listed(paths: readonly string[]): string {
  const more = paths.length - mostListed;
  const some = paths.slice(0, mostListed).join(" ");
  return more > 0 ? `${some} and ${more} more` : some;
}

/** @returns `undefined` where no distribution is named */
export function forgettingOf(config: Config): Forgetting | undefined {
  const { cloudfrontDistribution: id } = config;
  return id === undefined ? undefined : new Forgetting(config, id);
}
