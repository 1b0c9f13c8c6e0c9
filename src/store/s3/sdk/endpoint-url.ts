/**
 * The endpoint URL that somebody configured, and where.
 *
 * @module
 */
import { url } from "../../../config/kinds.ts";
import { SyncError } from "../../../core/errors.ts";

/** A URL of an S3 service. */
export interface EndpointUrl {
  readonly url: string;
  /** How messages name the place where it was found. */
  readonly origin: string;
}

/** What can be said about it. */
export interface EndpointUrlOptions {
  readonly endpointUrl: string | undefined;
  readonly profile: string | undefined;
}

/**
 * Finds the URL: the option, the environment, the profile. The SDK would look into the environment's profile
 * only, not into the one that is named for a side, and would not say where a bad one comes from.
 *
 * @throws SyncError `usage` when it is none
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 */
export async function findEndpointUrl(
  options: EndpointUrlOptions,
): Promise<EndpointUrl | undefined> {
  const found = await configured(options);
  const problem = found === undefined ? undefined : url.check(found.url);
  if (found === undefined || problem === undefined) return found;
  const scheme = /^[\w.-]+(?::\d+)?(?:\/|$)/.test(found.url) ? `http://${found.url}` : undefined;
  throw new SyncError("usage", `${found.origin}: ${problem}`, {
    hint: scheme === undefined ? undefined : `Write ${scheme}, or the same with https.`,
  });
}

async function configured(options: EndpointUrlOptions): Promise<EndpointUrl | undefined> {
  if (options.endpointUrl !== undefined) {
    return { url: options.endpointUrl, origin: "the endpoint URL" };
  }
  const { booleanSelector, loadConfig, SelectorType } = await import("@smithy/core/config");
  const profile = options.profile === undefined ? {} : { profile: options.profile };
  const isIgnored = loadConfig(
    {
      environmentVariableSelector: (env) =>
        booleanSelector(env, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", SelectorType.ENV),
      configFileSelector: (section) =>
        booleanSelector(section, "ignore_configured_endpoint_urls", SelectorType.CONFIG),
      default: false,
    },
    profile,
  );
  if ((await isIgnored()) === true) return undefined;
  const find = loadConfig<EndpointUrl | undefined>(
    {
      environmentVariableSelector: fromEnvironment,
      configFileSelector: (section, files) => fromProfile(section, files),
      default: undefined,
    },
    profile,
  );
  return find();
}

function fromEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): EndpointUrl | undefined {
  for (const name of ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"]) {
    const value = environment[name];
    if (value !== undefined && value !== "") {
      return { url: value, origin: `the variable ${name}` };
    }
  }
  return undefined;
}

type Section = Readonly<Record<string, string | undefined>>;

/** A section `services` may have one for S3 alone. */
function fromProfile(
  profile: Section,
  files: Readonly<Record<string, Section>> | undefined,
): EndpointUrl | undefined {
  const services = profile["services"];
  const forS3 = services === undefined ? undefined : files?.[`services.${services}`];
  const value = forS3?.["s3.endpoint_url"] || profile["endpoint_url"];
  return value ? { url: value, origin: "endpoint_url in the AWS configuration file" } : undefined;
}

/**
 * Whether a URL leads to this very machine by name. `bucket.localhost` does not resolve everywhere, so the
 * bucket goes into the path, as the SDK does for IP addresses.
 */
export function isLocalhost(endpoint: string): boolean {
  const host = URL.parse(endpoint)?.hostname.replace(/\.$/, "") ?? "";
  return host === "localhost" || host.endsWith(".localhost");
}
