/**
 * What a server says about a request may repeat the request: AWS tells what it took for signed, and proxies and test
 * servers show all headers. What identifies us must not get from there into messages.
 *
 * @module
 */

const mask = "***";

/** Headers whose values nobody may see. */
const secretHeader =
  /^(?:proxy-)?authorization$|(?:-security-token|-s3session-token|-sso_bearer_token)$|-customer-key(?:-md5)?$/i;

/** The same parts of any signed request or URL, also of one that is not ours. */
const signedPart =
  /\b((?:X-Amz-)?(?:Signature|Security-Token|Credential)["']?\s*[=:]\s*["']?)[^\s&"'<>,;]+/gi;

/**
 * Takes out of a text what a request was sent with, however it is written there.
 *
 * @param sent the headers of the request
 */
export function withoutSecrets(text: string, sent: Readonly<Record<string, string>> = {}): string {
  let clean = text;
  for (const [name, value] of Object.entries(sent)) {
    if (value === "" || !secretHeader.test(name)) continue;
    for (const form of formsOf(value)) clean = clean.replaceAll(form, mask);
  }
  return clean.replace(signedPart, `$1${mask}`);
}

/** As it is, in a URL, in JSON; and the bytes of a key, which some write in hexadecimal. */
function formsOf(value: string): string[] {
  const bytes = Buffer.from(value, "base64");
  const isKey = bytes.byteLength >= 16 && bytes.toString("base64") === value;
  const forms = [value, encodeURIComponent(value), value.replaceAll("/", String.raw`\/`)];
  return isKey ? [...forms, bytes.toString("hex")] : forms;
}
