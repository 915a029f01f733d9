import { createHash } from "node:crypto";

/*
 * Names of the objects of a shared store, docs/formats/remote.md: letters, digits and -._~ only, which no store, shell or
 * file system treats in a way of its own.
 */

const VERSION = "v1";
const LONGEST_FUNCTION = 100;
const CALL_KEY = /^[0-9a-f]{32}$/;

export const ENTRIES = `${VERSION}/entries/`;
export const BLOBS = `${VERSION}/blobs/`;
export const LEASES = `${VERSION}/leases/`;
export const MARKS = `${VERSION}/marks/`;

/** The folder of a function's records: its name, with what is not plain as `~` and two hexadecimal digits a byte. */
export function functionFolder(functionName: string): string {
  return `${ENTRIES}${encodeName(functionName)}/`;
}

/** The record of a call. In 256 folders, so that each holds a bounded share of them. */
export function recordName(functionName: string, key: string): string {
  const id = recordId(key);
  return `${functionFolder(functionName)}${id.slice(0, 2)}/${id}`;
}

/** The last part of a record's name: a call's key, or the digest of a key that a user gave. */
export function recordId(key: string): string {
  if (CALL_KEY.test(key)) return key;
  return createHash("sha256").update(key, "utf8").digest("hex").slice(0, 32);
}

/** @param sha256 - of the content before it was compressed, in hexadecimal digits. */
export function blobName(sha256: string, stored: "raw" | "zstd"): string {
  return `${BLOBS}${sha256.slice(0, 2)}/${sha256}${stored === "zstd" ? ".zst" : ""}`;
}

/** The folder of the leases of a function's calls. */
export function leaseFolder(functionName: string): string {
  return `${LEASES}${encodeName(functionName)}/`;
}

export function leaseName(functionName: string, key: string): string {
  return leaseFolder(functionName) + recordId(key);
}

/** What a record's name says. Undefined for what is no record's name. */
export function parseRecordName(name: string): { readonly folder: string; readonly id: string } | undefined {
  const match = /^v1\/entries\/([^/]+)\/([0-9a-f]{2})\/([0-9a-f]{32})$/.exec(name);
  const [, folder, shard, id] = match ?? [];
  if (folder === undefined || id === undefined || shard !== id.slice(0, 2)) return undefined;
  return { folder: `${ENTRIES}${folder}/`, id };
}

/** A blob's digest from its name. Undefined for what is no blob's name. */
export function parseBlobName(name: string): string | undefined {
  return /^v1\/blobs\/[0-9a-f]{2}\/([0-9a-f]{64})(?:\.zst)?$/.exec(name)?.[1];
}

/** A function's name from its folder; undefined where the name was too long to be in it whole. */
export function functionOfFolder(folder: string): string | undefined {
  const encoded = folder.slice(ENTRIES.length).replace(/\/$/, "");
  if (encoded === "~") return "";
  if (/~~[0-9a-f]{32}$/.test(encoded)) return undefined;
  const bytes = encoded.replace(/~([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString("utf8");
}

function encodeName(name: string): string {
  let encoded = "";
  for (const byte of Buffer.from(name, "utf8")) {
    const char = String.fromCharCode(byte);
    // A leading dot would hide the folder, and "." and ".." lead elsewhere.
    const plain = /[A-Za-z0-9_-]/.test(char) || (char === "." && encoded !== "");
    encoded += plain ? char : `~${byte.toString(16).padStart(2, "0")}`;
  }
  if (encoded === "") return "~";
  if (encoded.length <= LONGEST_FUNCTION) return encoded;
  const digest = createHash("sha256").update(name, "utf8").digest("hex").slice(0, 32);
  // Two of them, which are in no name that is whole.
  return `${encoded.slice(0, LONGEST_FUNCTION - 34)}~~${digest}`;
}
