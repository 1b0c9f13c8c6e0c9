/**
 * Pages of ListObjectsV2 as different servers write them.
 *
 * @module
 */
import { escapeXml } from "../../../../src/store/s3/wire/xml.ts";

const declaration = `<?xml version="1.0" encoding="UTF-8"?>`;
const namespace = `xmlns="http://s3.amazonaws.com/doc/2006-03-01/"`;

/** MinIO: declaration on a line of its own, quotes as numeric entities, Owner on request, `+` for blanks. */
export const minioPage = `${declaration}
<ListBucketResult ${namespace}><Name>test</Name><Prefix></Prefix><NextContinuationToken>YiBbbWluaW9fY2FjaGU6djI=</NextContinuationToken><KeyCount>2</KeyCount><MaxKeys>2</MaxKeys><IsTruncated>true</IsTruncated><Contents><Key>a+%2B+b</Key><LastModified>2024-02-29T23:59:59.123Z</LastModified><ETag>&#34;900150983cd24fb0d6963f7d28e17f72&#34;</ETag><Size>3</Size><StorageClass>STANDARD</StorageClass></Contents><Contents><Key>b</Key><LastModified>2024-03-01T00:00:00.000Z</LastModified><ETag>&#34;d41d8cd98f00b204e9800998ecf8427e-3&#34;</ETag><Size>5497558138880</Size><Owner><ID>02d6176db174dc93cb1b899f7c6078f08654445fe8cf1b6ce98d8855f66bdbf4</ID><DisplayName>minio</DisplayName></Owner><StorageClass>GLACIER</StorageClass></Contents><EncodingType>url</EncodingType></ListBucketResult>`;

/** AWS: checksum elements (also repeated), restore status, common prefixes, everything on one line. */
export const awsPage = `${declaration}<ListBucketResult ${namespace}><Name>bucket</Name><Prefix>photos/</Prefix><Delimiter>/</Delimiter><KeyCount>3</KeyCount><MaxKeys>1000</MaxKeys><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated><Contents><Key>photos/1.jpg</Key><LastModified>2024-01-02T03:04:05.000Z</LastModified><ETag>&quot;70ee1738b6b21e2c8a43f3a5ab0eee71&quot;</ETag><ChecksumAlgorithm>CRC32</ChecksumAlgorithm><ChecksumAlgorithm>SHA256</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType><Size>11</Size><StorageClass>STANDARD_IA</StorageClass></Contents><Contents><Key>photos/%C3%BC.jpg</Key><LastModified>2024-01-02T03:04:06.000Z</LastModified><ETag>&quot;fba9dede5f27731c9771645a39863328&quot;</ETag><Size>434234</Size><StorageClass>GLACIER</StorageClass><RestoreStatus><IsRestoreInProgress>false</IsRestoreInProgress><RestoreExpiryDate>2024-02-02T00:00:00.000Z</RestoreExpiryDate></RestoreStatus></Contents><CommonPrefixes><Prefix>photos/a%26b/</Prefix></CommonPrefixes><CommonPrefixes><Prefix>photos/2024+summer/</Prefix></CommonPrefixes></ListBucketResult>`;

/** Another order of the children, indentation, empty and self-closing elements, no encoding. */
export const otherPage = `${declaration}
<ListBucketResult ${namespace}>
  <IsTruncated>false</IsTruncated>
  <Contents>
    <ETag>"abc"</ETag>
    <Owner/>
    <Key>a &amp; b&#x20;&lt;c&gt;+%41</Key>
    <LastModified>2024-01-02T03:04:05Z</LastModified>
    <Size>0</Size>
    <StorageClass/>
    <RestoreStatus><IsRestoreInProgress/></RestoreStatus>
  </Contents>
  <Contents>
    <StorageClass>STANDARD</StorageClass>
    <Owner><DisplayName>Key</DisplayName><ID>&lt;Key&gt;</ID></Owner>
    <Size>12</Size>
    <LastModified>2024-01-02T03:04:05Z</LastModified>
    <Key>z</Key>
  </Contents>
  <Name>bucket</Name>
</ListBucketResult>
`;

/** How a server spells keys. */
export type Spelling =
  /** `encoding-type=url` as AWS and MinIO do: `+` for a blank, slashes as they are. */
  | "form"
  /** `%20` for a blank, `%2F` for a slash, small hexadecimal digits. */
  | "component"
  /** No `encoding-type`: the text itself, with entities. */
  | "plain";

/** Renders a page with these keys. */
export function renderPage(keys: readonly string[], spelling: Spelling): string {
  const spell = (key: string): string => {
    if (spelling === "plain") return escapeXml(key);
    const encoded = encodeURIComponent(key);
    return spelling === "form"
      ? encoded.replaceAll("%20", "+").replaceAll("%2F", "/")
      : encoded.replace(/%../g, (escape) => escape.toLowerCase());
  };
  const contents = keys.map(
    (key, index) =>
      `<Contents><Key>${spell(key)}</Key><LastModified>2024-01-02T03:04:05.000Z</LastModified><ETag>&quot;${index}&quot;</ETag><Size>${index}</Size><StorageClass>STANDARD</StorageClass></Contents>`,
  );
  const encoding = spelling === "plain" ? "" : "<EncodingType>url</EncodingType>";
  return `${declaration}<ListBucketResult ${namespace}><Name>bucket</Name><Prefix/><KeyCount>${keys.length}</KeyCount>${encoding}<IsTruncated>false</IsTruncated>${contents.join("")}</ListBucketResult>`;
}
