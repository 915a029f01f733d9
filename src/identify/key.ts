import type { CodeManifest } from "./code/manifest.ts";
import type { DetailText } from "./detail.ts";
import type { Digester } from "./digester.ts";
import { observeFile } from "./file.ts";
import { observeFolder } from "./folder.ts";
import { DIGEST_BYTES } from "./hasher.ts";
import { isFolder } from "./inputs.ts";
import type { Leaf } from "./leaves.ts";
import type { DigestMemo } from "./memo.ts";
import type { Slot } from "./parameters.ts";
import { PartRecorder } from "./part-recorder.ts";
import type { Redaction } from "./redaction.ts";
import type { Identification } from "./types/type.ts";

/** What a part of a key is about. The seed is in all digests, and is told where it is not the default. */
export type PartKind = "function" | "code" | "version" | "argument" | "input" | "env" | "seed";

const KIND_NUMBER: Readonly<Record<Exclude<PartKind, "seed">, number>> = {
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
  /** The value in a few words, where it has some; `(redacted)` where none may be kept of it. */
  readonly preview?: string;
  /** Places in the value and what stands there, where that is short. */
  readonly leaves?: readonly Leaf[];
  /** Digest under which the cache keeps what is longer, so that it is there once for all entries that have it. */
  readonly detail?: string;
}

/** What a call was identified by. */
export interface CallRecord {
  readonly functionName: string;
  readonly parts: readonly KeyPart[];
}

/** The same, with what is kept beside the entries. */
export interface RecordedCall extends CallRecord {
  readonly details: readonly DetailText[];
}

/** A part whose text forms are made only where they are needed. */
export interface Part {
  readonly kind: Exclude<PartKind, "seed">;
  readonly name: string;
  readonly type: string;
  readonly digest: Uint8Array;
  /** Present where there is something to show. */
  readonly value?: unknown;
  /** Of an argument. */
  readonly slot?: Slot;
}

/** The parts of a function's key that are the same for all its calls. */
export interface FunctionIdentity {
  readonly functionName: string;
  readonly version: string | undefined;
  readonly slots: readonly Slot[];
  /** Names of environment variables, sorted. */
  readonly env: readonly string[];
  /** Values of which no text is kept. */
  readonly redaction?: Redaction | undefined;
}

/** What of a function's code is part of its keys. */
export interface CodeIdentity {
  /** Stands in the key beside the digest. */
  readonly kind: "name" | "function" | "closure";
  /** What the digest is made of. */
  readonly content: unknown;
  /** What the code is made of, where that is known. */
  readonly manifest?: (() => CodeManifest) | undefined;
}

export interface CallIdentity {
  /** 32 hexadecimal digits. */
  readonly key: string;
  /** Files and folders that the key depends on. */
  readonly observed: Identification["observed"];
  /** The parts in words. Made at the first time, as the arguments are then. */
  readonly record: () => RecordedCall;
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
  readonly #recorder: PartRecorder;

  constructor(identity: FunctionIdentity, code: CodeIdentity, digester: Digester) {
    this.#identity = identity;
    this.#digester = digester;
    const { functionName, version } = identity;
    this.#parts = [
      { kind: "function", name: functionName, type: "", digest: NOTHING },
      {
        kind: "code",
        name: "",
        type: code.kind,
        digest: code.kind === "name" ? NOTHING : digester.value(code.content, functionName),
      },
      {
        kind: "version",
        name: "",
        type: "",
        digest: digester.value(version, "version"),
        ...(version === undefined ? {} : { value: version }),
      },
    ];
    this.#recorder = new PartRecorder({ redaction: identity.redaction, manifest: code.manifest }, digester);
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
    let recorded: RecordedCall | undefined;
    const record = (): RecordedCall => {
      recorded ??= this.#recorder.record(functionName, { common: this.#parts, parts }, observed);
      return recorded;
    };
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
  readonly observed: Identification["observed"] = [];
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
    return digest.then((ended) => ({ kind: "argument", name, type: type?.tag ?? "", digest: ended, value, slot }));
  }
  return { kind: "argument", name, type: type?.tag ?? "", digest, value, slot };
}

async function inputPart(input: string, place: number, { memo, observed }: Identification): Promise<Part> {
  const folder = isFolder(input);
  const file = await (folder ? observeFolder(input, memo) : observeFile(input, memo));
  observed.push({ what: `input (${input})`, place: `input ${place}`, file });
  return { kind: "input", name: String(place), type: folder ? "folder" : "file", digest: file.digest, value: input };
}
