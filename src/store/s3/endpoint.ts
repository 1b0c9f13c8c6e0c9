/** Where the requests for one bucket go, as resolved by the SDK's rules. */
export interface Endpoint {
  /** `https://host[:port]`, without a path. */
  readonly origin: string;
  /** `host[:port]`, as the Host header says it. */
  readonly host: string;
  /** What stands before the key: `""` or `/bucket`. No trailing slash. */
  readonly basePath: string;
  readonly signing: {
    readonly scheme: "sigv4" | "sigv4a" | "sigv4-s3express";
    readonly region: string;
    readonly service: string;
  };
}

/** Finds the endpoint of the bucket, in the configured region or in one the server named. */
export type EndpointResolver = (region?: string) => Promise<Endpoint>;

/**
 * Names the storage service behind an endpoint: copies work within one only. All of AWS is one, whatever the
 * region; elsewhere it is the host, without the bucket.
 */
export function serviceOf({ host, origin, basePath }: Endpoint, bucket: string): string {
  const aws = /\.amazonaws\.com(?:\.cn)?$/.exec(host);
  if (aws !== null) return `aws${aws[0]}`;
  const hostHasBucket = basePath === "" && host.startsWith(`${bucket}.`);
  return hostHasBucket ? origin.replace(`${bucket}.`, "") : origin;
}
