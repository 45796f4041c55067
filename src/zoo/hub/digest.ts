/** What bytes are to hash to, and who says so. */
export type Digest = {
  readonly algorithm: "md5" | "sha1" | "sha256";
  /** Lower case. */
  readonly hex: string;
  readonly by: "hub" | "storage" | "cache";
};

const ALGORITHMS = { 32: "md5", 40: "sha1", 64: "sha256" } as const;

/** The hub's `hash` as a digest of the file; `null` where it does not have the form of one. */
export function hubDigest(hash: string): Digest | null {
  const algorithm = ALGORITHMS[hash.length as keyof typeof ALGORITHMS];
  if (algorithm === undefined || !/^[0-9a-f]+$/i.test(hash)) return null;
  return { algorithm, hex: hash.toLowerCase(), by: "hub" };
}

/**
 * What the storage behind a link says of the whole file.
 *
 * @param isWhole whether the answer held all of it: some headers are of what was sent.
 */
export function storageDigests(headers: Headers, isWhole: boolean): Digest[] {
  const listed = (name: string) => (headers.get(name) ?? "").split(",").map((item) => item.trim());
  const after = (items: readonly string[], prefix: string) =>
    items.filter((item) => item.toLowerCase().startsWith(prefix)).map((item) => item.slice(prefix.length));
  // Google's hash is of what lies there, which may be packed.
  const packed = (headers.get("x-goog-stored-content-encoding") ?? "identity") !== "identity";
  const md5 = [
    ...(packed ? [] : after(listed("x-goog-hash"), "md5=")),
    ...(isWhole ? [headers.get("content-md5") ?? ""] : []),
  ];
  const sha256 = [
    headers.get("x-amz-checksum-sha256") ?? "",
    ...after(listed("repr-digest"), "sha-256=:").map((item) => item.replace(/:$/, "")),
  ];
  return [
    ...md5.map((text) => fromBase64("md5", text, 16)),
    ...sha256.map((text) => fromBase64("sha256", text, 32)),
  ].filter((digest) => digest !== null);
}

/** `null` where it is no hash of that length, as Amazon's of a file in parts. */
function fromBase64(algorithm: Digest["algorithm"], text: string, byteLength: number): Digest | null {
  let bytes: string;
  try {
    bytes = atob(text);
  } catch {
    return null;
  }
  if (bytes.length !== byteLength) return null;
  const hex = Array.from(bytes, (char) => char.charCodeAt(0).toString(16).padStart(2, "0")).join("");
  return { algorithm, hex, by: "storage" };
}
