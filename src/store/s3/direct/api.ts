/**
 * The S3 operations over our own wire.
 *
 * @module
 */
import type { S3Api } from "../api.ts";
import type { DirectClient } from "../wire/client.ts";
import { getObjectAcl, setObjectAcl } from "./acl.ts";
import { deleteAnnotation, getAnnotation, listAnnotations, putAnnotation } from "./annotations.ts";
import { copyObject, uploadPartCopy } from "./copy.ts";
import { deleteObjects, deleteVersions, listObjects } from "./list.ts";
import {
  abortMultipartUpload,
  completeMultipartUpload,
  createMultipartUpload,
  uploadPart,
} from "./multipart.ts";
import { listObjectParts } from "./object-parts.ts";
import {
  deleteObject,
  getObject,
  headObject,
  headPart,
  headPartChecksum,
  putObject,
} from "./objects.ts";
import { getObjectTagging, setObjectTagging } from "./tagging.ts";
import { listMultipartUploads, listParts } from "./unfinished.ts";
import { getBucketVersioning, listVersions } from "./versions.ts";

/** Binds the operations to a client. */
export function directApi(client: DirectClient): S3Api {
  return {
    bucket: client.bucket,
    clockOffsetMs: () => client.observedOffsetMs,
    listObjects: (...rest) => listObjects(client, ...rest),
    listVersions: (...rest) => listVersions(client, ...rest),
    getBucketVersioning: (...rest) => getBucketVersioning(client, ...rest),
    headObject: (...rest) => headObject(client, ...rest),
    headPart: (...rest) => headPart(client, ...rest),
    headPartChecksum: (...rest) => headPartChecksum(client, ...rest),
    listObjectParts: (...rest) => listObjectParts(client, ...rest),
    getObject: (...rest) => getObject(client, ...rest),
    putObject: (...rest) => putObject(client, ...rest),
    createMultipartUpload: (...rest) => createMultipartUpload(client, ...rest),
    uploadPart: (...rest) => uploadPart(client, ...rest),
    completeMultipartUpload: (...rest) => completeMultipartUpload(client, ...rest),
    abortMultipartUpload: (...rest) => abortMultipartUpload(client, ...rest),
    listParts: (...rest) => listParts(client, ...rest),
    listMultipartUploads: (...rest) => listMultipartUploads(client, ...rest),
    copyObject: (...rest) => copyObject(client, ...rest),
    uploadPartCopy: (...rest) => uploadPartCopy(client, ...rest),
    getObjectTagging: (...rest) => getObjectTagging(client, ...rest),
    setObjectTagging: (...rest) => setObjectTagging(client, ...rest),
    companions: {
      acl: (...rest) => getObjectAcl(client, ...rest),
      setAcl: (...rest) => setObjectAcl(client, ...rest),
      annotations: (...rest) => listAnnotations(client, ...rest),
      annotation: (...rest) => getAnnotation(client, ...rest),
      setAnnotation: (...rest) => putAnnotation(client, ...rest),
      removeAnnotation: (...rest) => deleteAnnotation(client, ...rest),
    },
    deleteObject: (...rest) => deleteObject(client, ...rest),
    deleteObjects: (...rest) => deleteObjects(client, ...rest),
    deleteVersions: (...rest) => deleteVersions(client, ...rest),
    close: () => client.close(),
  };
}
