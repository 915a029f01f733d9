import { previewOf } from "./describe.ts";
import type { Digester } from "./digester.ts";
import { observeFile } from "./file.ts";
import { observeFolder } from "./folder.ts";
import { DIGEST_BYTES, toHex } from "./hasher.ts";
import { isFolder } from "./inputs.ts";
import type { DigestMemo } from "./memo.ts";
import type { Observed } from "./observed.ts";
import type { Slot } from "./parameters.ts";
import type { Identification } from "./types/type.ts";

/** What a part of a key is about. */
export type PartKind = "function" | "code" | "version" | "argument" | "input" | "env";

const KIND_NUMBER: Readonly<Record<PartKind, number>> = {
  function: 1,
  code: 2,
  version: 3,
  argument: 4,
  input: 5,
  env: 6,
};

/** One part of a key as it is kept with the entry, so that two keys can be compared part by part. */
export interface KeyPart {
  readonly kind: PartKind;
  readonly name: string;
  readonly type: string;
  /** 32 hexadecimal digits. */
  readonly digest: string;
  /** The value in a few words, where it has some. */
  readonly preview?: string;
}

/** What a call was identified by. */
export interface CallRecord {
  readonly functionName: string;
  readonly parts: readonly KeyPart[];
}

/** A part whose text forms are made only where they are needed. */
interface Part {
  readonly kind: PartKind;
  readonly name: string;
  readonly type: string;
  readonly digest: Uint8Array;
  /** Present where there is something to show. */
  readonly value?: unknown;
}

/** The parts of a function's key that are the same for all its calls. */
export interface FunctionIdentity {
  readonly functionName: string;
  readonly code: "name" | "function";
  /** The function's syntax tree, where `code` asks for it. */
  readonly tree: unknown;
  readonly version: string | undefined;
  readonly slots: readonly Slot[];
  /** Names of environment variables, sorted. */
  readonly env: readonly string[];
}

export interface CallIdentity {
  /** 32 hexadecimal digits. */
  readonly key: string;
  /** Files and folders that the key depends on. */
  readonly observed: Identification["observed"];
  readonly record: () => CallRecord;
}

const NOTHING = new Uint8Array(DIGEST_BYTES);

export interface CallValues {
  /** A coerced value for each slot. */
  readonly values: readonly unknown[];
  /** Paths of further files and folders. */
  readonly inputs: readonly string[];
}

/** Makes the keys of one function's calls, for one seed. */
export class KeyMaker {
  readonly #identity: FunctionIdentity;
  readonly #digester: Digester;
  readonly #parts: readonly Part[];
  readonly #prefix: Uint8Array;

  constructor(identity: FunctionIdentity, digester: Digester) {
    this.#identity = identity;
    this.#digester = digester;
    const { functionName, code, tree, version } = identity;
    this.#parts = [
      { kind: "function", name: functionName, type: "", digest: NOTHING },
      { kind: "code", name: "", type: code, digest: code === "name" ? NOTHING : digester.value(tree, functionName) },
      {
        kind: "version",
        name: "",
        type: "",
        digest: digester.value(version, "version"),
        ...(version === undefined ? {} : { value: version }),
      },
    ];
    const { writer } = digester;
    writer.length = 0;
    writer.ascii("scalable/key/1");
    for (const part of this.#parts) this.#write(part);
    this.#prefix = Uint8Array.from(writer.region(0));
  }

  /**
   * Identifies a call. Values are read before this returns; only files are waited for.
   *
   * @throws ScalableError for what has no digest; a rejection for files that cannot be read.
   */
  identify({ values, inputs }: CallValues, memo: () => DigestMemo | undefined): CallIdentity | Promise<CallIdentity> {
    const identification = new Observations(this.#digester, memo);
    const parts: (Part | Promise<Part>)[] = [];
    let waits = false;
    try {
      const { slots, env } = this.#identity;
      for (let place = 0; place < slots.length; place += 1) {
        const slot = slots[place];
        const value = values[place];
        if (slot === undefined || slot.type?.ignored === true) continue;
        if (slot.source.from === "extra" && value === undefined) continue;
        const part = argumentPart(slot, value, identification);
        waits ||= part instanceof Promise;
        parts.push(part);
      }
      for (const [place, input] of inputs.length === 0 ? [] : inputs.entries()) {
        waits = true;
        parts.push(inputPart(input, place, identification));
      }
      for (const name of env) {
        const value = process.env[name];
        // Variables hold passwords and tokens: what is kept of their values is the digest alone.
        parts.push({ kind: "env", name, type: "", digest: this.#digester.value(value, name) });
      }
    } catch (error) {
      // Files that are being read may fail as well; the first error is the one to tell.
      for (const part of parts) if (part instanceof Promise) part.catch(() => undefined);
      throw error;
    }
    const { observed } = identification;
    if (waits) return Promise.all(parts).then((settled) => this.#finish(settled, observed));
    return this.#finish(parts as Part[], observed);
  }

  #finish(parts: readonly Part[], observed: Identification["observed"]): CallIdentity {
    const { writer, hasher } = this.#digester;
    writer.length = 0;
    writer.raw(this.#prefix);
    for (const part of parts) this.#write(part);
    hasher.init();
    hasher.update(writer.written());
    const key = hasher.digest("hex");
    const { functionName } = this.#identity;
    const record = (): CallRecord => ({ functionName, parts: [...this.#parts, ...parts].map(recordOf) });
    return { key, observed, record };
  }

  #write({ kind, name, type, digest }: Part): void {
    const { writer } = this.#digester;
    writer.u8(KIND_NUMBER[kind]);
    writer.str(name);
    writer.str(type);
    writer.raw(digest);
  }
}

/** What the types of one call's arguments work with. */
class Observations implements Identification {
  readonly observed: { readonly what: string; readonly file: Observed }[] = [];
  readonly #digester: Digester;
  readonly #memo: () => DigestMemo | undefined;

  constructor(digester: Digester, memo: () => DigestMemo | undefined) {
    this.#digester = digester;
    this.#memo = memo;
  }

  digestValue(value: unknown, label: string): Uint8Array {
    return this.#digester.value(value, label);
  }

  get memo(): DigestMemo | undefined {
    return this.#memo();
  }
}

function argumentPart(slot: Slot, value: unknown, identification: Identification): Part | Promise<Part> {
  const { name, type } = slot;
  if (value === undefined) return { kind: "argument", name, type: "absent", digest: NOTHING };
  const digest =
    type === undefined ? identification.digestValue(value, name) : type.identify(value, identification, name);
  if (digest instanceof Promise) {
    return digest.then((ended) => ({ kind: "argument", name, type: type?.tag ?? "", digest: ended, value }));
  }
  return { kind: "argument", name, type: type?.tag ?? "", digest, value };
}

async function inputPart(input: string, place: number, { memo, observed }: Identification): Promise<Part> {
  const folder = isFolder(input);
  const file = await (folder ? observeFolder(input, memo) : observeFile(input, memo));
  observed.push({ what: `input (${input})`, file });
  return { kind: "input", name: String(place), type: folder ? "folder" : "file", digest: file.digest, value: input };
}

function recordOf({ kind, name, type, digest, ...rest }: Part): KeyPart {
  const preview = "value" in rest ? { preview: previewOf(rest.value) } : {};
  return { kind, name, type, digest: toHex(digest), ...preview };
}
