import { isUtf8 } from "node:buffer";
import { createReadStream } from "node:fs";
import { messageOf, ScalableError, systemCode } from "../errors.ts";
import type { Finding } from "./problem-list.ts";
import { Source } from "./source.ts";

/** Of a manifest, in bytes. */
const LARGEST = 10 * 1024 * 1024;

const NOWHERE = { start: 0, end: 0 };
/** What YAML does not allow anywhere. The parser uses some of them for itself, so none must get there. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/;

export type SourceRead =
  | { readonly source: Source; readonly finding?: never }
  | { readonly source: Source; readonly finding: Finding };

/** Reads a file. Throws a ScalableError where it cannot be read; a file that can be no manifest is a finding. */
export async function readSource(file: string): Promise<SourceRead> {
  const bytes = await readBytes(file);
  if (bytes.length > LARGEST) {
    const message = "The manifest is larger than 10 MB: split it, or take out what is not settings.";
    return { source: new Source(file, ""), finding: { code: "E_TOO_LARGE", span: NOWHERE, message } };
  }
  // The decoder takes a byte order mark off.
  const source = new Source(file, new TextDecoder().decode(bytes));
  const finding = isUtf8(bytes) ? controlIn(source.text) : notUtf8(bytes, source.text);
  return finding === undefined ? { source } : { source, finding };
}

async function readBytes(file: string): Promise<Buffer> {
  const pieces: Buffer[] = [];
  try {
    // One byte more than is allowed tells that there are more, whatever the size of what is read (a pipe has none).
    for await (const piece of createReadStream(file, { end: LARGEST })) pieces.push(piece as Buffer);
  } catch (error) {
    throw unreadable(file, error);
  }
  return Buffer.concat(pieces);
}

function unreadable(file: string, error: unknown): ScalableError {
  const shown = JSON.stringify(file);
  const code = systemCode(error);
  if (code === "ENOENT" || code === "ENOTDIR") {
    const message = `There is no manifest ${shown}: give the path of one, or set SCALABLE_MANIFEST.`;
    return new ScalableError("E_FILE_NOT_FOUND", message, { path: file }, error);
  }
  if (code === "EISDIR") {
    const message = `${shown} is a folder: give the path of the manifest in it.`;
    return new ScalableError("E_FILE_KIND", message, { path: file }, error);
  }
  const message = `The manifest ${shown} cannot be read: ${messageOf(error)}.`;
  return new ScalableError("E_FILE_UNREADABLE", message, { path: file }, error);
}

function notUtf8(bytes: Buffer, text: string): Finding {
  // Of the text before the first bad byte, nothing was replaced: that is how far it encodes to what was read.
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });
  let good = 0;
  let bad = bytes.length;
  while (bad - good > 1) {
    const middle = (good + bad) >>> 1;
    if (decodes(bytes.subarray(0, middle))) good = middle;
    else bad = middle;
  }
  const start = Math.min(decoder.decode(bytes.subarray(0, good), { stream: true }).length, text.length);
  return {
    code: "E_SYNTAX",
    span: { start, end: start + 1 },
    message: "This byte is not UTF-8: save the manifest in that encoding.",
  };
}

/** Whether these bytes are the beginning of a text. A character that is cut off at the end is one. */
function decodes(bytes: Buffer): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

function controlIn(text: string): Finding | undefined {
  const start = text.search(CONTROL);
  if (start === -1) return undefined;
  const code = text.charCodeAt(start).toString(16).padStart(4, "0");
  const message = `The control character U+${code.toUpperCase()} is not allowed in YAML: remove it, or write it as an escape in double quotes.`;
  return { code: "E_SYNTAX", span: { start, end: start + 1 }, message };
}
