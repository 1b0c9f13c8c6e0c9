/**
 * Hears of the requests that an SDK client sends.
 *
 * @module
 */
import type { S3Client } from "@aws-sdk/client-s3";

import type { Exchange } from "../../../core/traffic.ts";

/** Tells of each request when its answer has come, or failed. Of bodies it knows what headers say. */
export function watchExchanges(
  client: S3Client,
  bucket: string,
  hear: (event: { readonly type: "request" } & Exchange) => void,
): void {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const startedAt = performance.now();
      let answer: unknown;
      try {
        const result = await next(args);
        answer = result.response;
        return result;
      } catch (thrown) {
        answer = (thrown as { $response?: unknown }).$response;
        throw thrown;
      } finally {
        hear({
          type: "request",
          operation: String(context["commandName"]).replace(/Command$/, ""),
          bucket,
          key: keyOf(args.input),
          status: (answer as { statusCode?: number } | undefined)?.statusCode,
          sentBytes: lengthOf(args.request),
          receivedBytes: methodOf(args.request) === "HEAD" ? 0 : lengthOf(answer),
          durationMs: performance.now() - startedAt,
        });
      }
    },
    { step: "finalizeRequest", priority: "low", name: "s3syncExchanges" },
  );
}

function keyOf(input: object): string | undefined {
  const key = "Key" in input ? input.Key : undefined;
  return typeof key === "string" ? key : undefined;
}

function methodOf(request: unknown): string | undefined {
  return (request as { method?: string } | undefined)?.method;
}

function lengthOf(message: unknown): number {
  const { headers } = (message ?? {}) as { headers?: Readonly<Record<string, string>> };
  return Number(headers?.["content-length"] ?? 0);
}
