/**
 * Access control lists and annotations over `@aws-sdk/client-s3`.
 *
 * @module
 */
import {
  DeleteObjectAnnotationCommand,
  GetObjectAclCommand,
  GetObjectAnnotationCommand,
  type Grant as SdkGrant,
  ListObjectAnnotationsCommand,
  type Permission,
  PutObjectAclCommand,
  PutObjectAnnotationCommand,
  type S3Client,
} from "@aws-sdk/client-s3";

import type { Grant } from "../../../core/acl.ts";
import type { Annotation } from "../../../core/annotation.ts";
import { parseETag } from "../../../core/etag.ts";
import type { Companions } from "../../store.ts";
import { PageMarks } from "../page-marks.ts";
import { noAnnotations } from "../wire/s3-errors.ts";
import { writtenOf } from "./answers.ts";

/** Runs one command; errors become ours. */
export type Run = <T>(
  operation: string,
  key: string | undefined,
  work: () => Promise<T>,
) => Promise<T>;

/** Binds the calls to an SDK client. */
export function sdkCompanions(client: S3Client, Bucket: string, run: Run): Companions<string> {
  return {
    acl: (key, VersionId, signal) =>
      run("GetObjectAcl", key, async () => {
        const command = new GetObjectAclCommand({ Bucket, Key: key, VersionId });
        const { Owner, Grants = [] } = await client.send(command, { abortSignal: signal });
        return { owner: Owner?.ID ?? "", grants: Grants.flatMap((grant) => ours(grant) ?? []) };
      }),
    setAcl: (key, { owner, grants }, signal) =>
      run("PutObjectAcl", key, async () => {
        const policy = { Owner: { ID: owner }, Grants: grants.map(theirs) };
        const input = { Bucket, Key: key, AccessControlPolicy: policy };
        await client.send(new PutObjectAclCommand(input), { abortSignal: signal });
      }),
    annotations: (key, VersionId, signal) =>
      run("ListObjectAnnotations", key, async () => {
        const found: Annotation[] = [];
        const marks = new PageMarks("ListObjectAnnotations", Bucket);
        let ContinuationToken: string | undefined;
        do {
          const input = { Bucket, Key: key, VersionId, ContinuationToken };
          const command = new ListObjectAnnotationsCommand(input);
          const page = await client.send(command, { abortSignal: signal });
          if (page.Annotations === undefined && page.AnnotationCount === undefined) {
            throw noAnnotations(Bucket, key);
          }
          for (const { AnnotationName, Size, ETag, LastModified } of page.Annotations ?? []) {
            const etag = ETag === undefined ? undefined : parseETag(ETag);
            const mtimeMs = LastModified?.getTime() ?? 0;
            found.push({ name: AnnotationName ?? "", size: Size ?? 0, etag, mtimeMs });
          }
          ContinuationToken = page.NextContinuationToken;
          if (ContinuationToken !== undefined) marks.pass(ContinuationToken);
        } while (ContinuationToken !== undefined);
        return found;
      }),
    annotation: (key, VersionId, AnnotationName, signal) =>
      run("GetObjectAnnotation", key, async () => {
        const command = new GetObjectAnnotationCommand({
          ...{ Bucket, Key: key, VersionId, AnnotationName },
        });
        const { AnnotationPayload } = await client.send(command, { abortSignal: signal });
        return (await AnnotationPayload?.transformToByteArray()) ?? new Uint8Array(0);
      }),
    setAnnotation: (key, AnnotationName, AnnotationPayload, signal) =>
      run("PutObjectAnnotation", key, async () => {
        const input = { Bucket, Key: key, AnnotationName, AnnotationPayload };
        const command = new PutObjectAnnotationCommand(input);
        return writtenOf(await client.send(command, { abortSignal: signal }));
      }),
    removeAnnotation: (key, AnnotationName, signal) =>
      run("DeleteObjectAnnotation", key, async () => {
        const command = new DeleteObjectAnnotationCommand({ Bucket, Key: key, AnnotationName });
        await client.send(command, { abortSignal: signal });
      }),
  };
}

function ours({ Grantee, Permission = "" as Permission }: SdkGrant): Grant | undefined {
  const [group, user] = [Grantee?.URI, Grantee?.ID];
  if (group !== undefined) return { grantee: { kind: "group", id: group }, permission: Permission };
  if (user === undefined) return undefined;
  return { grantee: { kind: "user", id: user }, permission: Permission };
}

function theirs({ grantee, permission }: Grant): SdkGrant {
  const Grantee =
    grantee.kind === "user"
      ? ({ Type: "CanonicalUser", ID: grantee.id } as const)
      : ({ Type: "Group", URI: grantee.id } as const);
  return { Grantee, Permission: permission as Permission };
}
