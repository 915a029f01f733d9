import { digestContent, loadContentHasher } from "./content.ts";
import { digestValue } from "./encode.ts";
import { createHasher, type Hasher } from "./hasher.ts";
import { Writer } from "./writer.ts";

/** Makes seeded digests: of values, and of whatever is written into its writer. */
export class Digester {
  readonly hasher: Hasher;
  readonly seed: bigint;
  /** For encodings that the caller makes; not in use while a value is digested. */
  readonly writer = new Writer(digestContent);
  readonly #values = new Writer(digestContent);

  constructor(hasher: Hasher, seed: bigint) {
    this.hasher = hasher;
    this.seed = seed;
  }

  /** `H(value(…))` of docs/formats/key.md. */
  value(value: unknown, label: string): Uint8Array {
    return digestValue(value, this.#values, this.hasher, label);
  }
}

let current: { readonly seed: bigint; readonly digester: Digester } | undefined;

/** The digester of a seed: at once where it is the one used last, which is nearly always. */
export function digesterFor(seed: bigint): Digester | Promise<Digester> {
  if (current?.seed === seed) return current.digester;
  // Thousands of calls may be made before the first of them has one.
  if (loading?.seed !== seed) loading = { seed, digester: load(seed) };
  return loading.digester;
}

let loading: { readonly seed: bigint; readonly digester: Promise<Digester> } | undefined;

async function load(seed: bigint): Promise<Digester> {
  try {
    await loadContentHasher();
    const digester = new Digester(await createHasher(seed), seed);
    current = { seed, digester };
    return digester;
  } finally {
    if (loading?.seed === seed) loading = undefined;
  }
}
