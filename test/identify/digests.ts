import { ScalableError } from "../../src/errors.ts";
import { digestContent, loadContentHasher } from "../../src/identify/content.ts";
import { type Digester, digesterFor } from "../../src/identify/digester.ts";
import { digestValue } from "../../src/identify/encode.ts";
import { type Hasher, toHex } from "../../src/identify/hasher.ts";
import { Writer } from "../../src/identify/writer.ts";

await loadContentHasher();

/** The seed that the tests of values use. */
export const SEED = 987654321n;
export const digester: Digester = await digesterFor(SEED);

/** Digest of a value, in hexadecimal digits. */
export function digest(value: unknown): string {
  return toHex(digester.value(value, "value"));
}

/** What is hashed for a value: its encoding, byte for byte. */
export function encoding(value: unknown): Buffer {
  let written: Buffer[] = [];
  const hasher = {
    init() {
      written = [];
      return hasher;
    },
    update(bytes: Uint8Array) {
      written.push(Buffer.from(bytes));
      return hasher;
    },
    digest: () => new Uint8Array(16),
  };
  digestValue(value, new Writer(digestContent), hasher as unknown as Hasher, "value");
  return Buffer.concat(written);
}

/** The error that a value is refused with. */
export function refusal(value: unknown, label = "value"): ScalableError {
  try {
    digester.value(value, label);
  } catch (error) {
    if (error instanceof ScalableError) return error;
    throw error;
  }
  throw new Error("The value was not refused.");
}
