/**
 * What S3 operations cost in requests. Pure.
 *
 * @module
 */
import type { Traffic, Work } from "../../core/traffic.ts";
import { mostKeysPerDelete } from "./api.ts";

/**
 * The requests that a piece of work takes if all goes well.
 *
 * @param deletesSingly objects go one by one, because each is to be deleted only as it was listed
 */
export function requestsFor(work: Work, deletesSingly: boolean): Traffic {
  switch (work.kind) {
    case "read":
      return { requests: readRequests(work), sentBytes: 0, receivedBytes: work.bytes };
    case "write":
      return { requests: writeRequests(work), sentBytes: work.bytes, receivedBytes: 0 };
    case "head":
      return onlyRequests({ HeadObject: 1 });
    case "acl":
      return onlyRequests({ GetObjectAcl: 1 });
    case "annotations":
      return onlyRequests({ ListObjectAnnotations: 1 });
    case "copy":
      return onlyRequests(copyRequests(work.parts));
    case "remove":
      return onlyRequests(
        deletesSingly
          ? { DeleteObject: work.objects }
          : { DeleteObjects: Math.ceil(work.objects / mostKeysPerDelete) },
      );
  }
}

type Requests = Traffic["requests"];
type Transfer = Extract<Work, { kind: "read" | "write" }>;

function onlyRequests(requests: Requests): Traffic {
  return { requests, sentBytes: 0, receivedBytes: 0 };
}

function readRequests({ parts, bytes }: Transfer): Requests {
  if (parts === undefined) return { GetObject: 1 };
  return { HeadObject: 1, ...(bytes > 0 ? { GetObject: parts } : {}) };
}

function writeRequests({ parts }: Transfer): Requests {
  return parts === undefined ? { PutObject: 1 } : inParts({ UploadPart: parts });
}

function copyRequests(parts: number | undefined): Requests {
  return parts === undefined ? { CopyObject: 1 } : inParts({ UploadPartCopy: parts });
}

function inParts(requests: Requests): Requests {
  return { CreateMultipartUpload: 1, ...requests, CompleteMultipartUpload: 1 };
}
