import { DEFAULT_SEED } from "../settings.ts";
import type { CodeManifest } from "./code/manifest.ts";
import { digestContent } from "./content.ts";
import { previewOf } from "./describe.ts";
import { codeDetail, type Detail, type DetailText, LONGEST_DETAIL, writeDetail } from "./detail.ts";
import type { Digester } from "./digester.ts";
import { toHex } from "./hasher.ts";
import type { KeyPart, Part, RecordedCall } from "./key.ts";
import { type Leaf, leavesOf } from "./leaves.ts";
import { REDACTED, type Redaction } from "./redaction.ts";
import { hasIgnoredPart, type Identification } from "./types/type.ts";

/** Details up to this length are kept with the part itself. */
const INLINE_LENGTH = 512;
const KEPT_PARTS = 200;
const PREVIEW_LENGTH = 80;

/** What a value is in words. */
interface Words {
  readonly preview?: string;
  readonly leaves?: readonly Leaf[];
  readonly detail?: DetailText;
}

interface Written {
  readonly written: readonly KeyPart[];
  readonly details: readonly DetailText[];
}

const SECRET: Words = { preview: REDACTED };
const NONE: Words = {};

/** Puts the parts of a function's keys into words, as they are kept with an entry. */
export class PartRecorder {
  readonly #redaction: Redaction | undefined;
  readonly #manifest: (() => CodeManifest) | undefined;
  readonly #digester: Digester;
  #common: Written | undefined;
  /** What was said of parts before: the same folder or configuration mostly goes into many calls. */
  readonly #known = new Map<string, Words>();

  constructor(
    {
      redaction,
      manifest,
    }: { readonly redaction?: Redaction | undefined; readonly manifest?: (() => CodeManifest) | undefined },
    digester: Digester,
  ) {
    this.#redaction = redaction;
    this.#manifest = manifest;
    this.#digester = digester;
  }

  /**
   * @param common - the parts that all calls have.
   * @param parts - those of this call.
   */
  record(
    functionName: string,
    { common, parts }: { readonly common: readonly Part[]; readonly parts: readonly Part[] },
    observed: Identification["observed"],
  ): RecordedCall {
    this.#common ??= this.#write(common, []);
    const { written, details } = this.#write(parts, observed);
    const all = [...this.#common.written, ...written];
    const { seed } = this.#digester;
    if (seed !== DEFAULT_SEED) all.push({ kind: "seed", name: "", type: "", digest: NO_DIGEST, preview: String(seed) });
    return { functionName, parts: all, details: [...this.#common.details, ...details] };
  }

  #write(parts: readonly Part[], observed: Identification["observed"]): Written {
    const details: DetailText[] = [];
    const written = parts.map((part): KeyPart => {
      const { kind, name, type } = part;
      const digest = toHex(part.digest);
      const { preview, leaves, detail } = this.#words(part, digest, observed);
      if (detail !== undefined) details.push(detail);
      return {
        kind,
        name,
        type,
        digest,
        ...(preview === undefined ? undefined : { preview }),
        ...(leaves === undefined ? undefined : { leaves }),
        ...(detail === undefined ? undefined : { detail: detail.digest }),
      };
    });
    return { written, details };
  }

  #words(part: Part, digest: string, observed: Identification["observed"]): Words {
    const { kind, name, value, slot } = part;
    if (kind === "code") return this.#manifest === undefined ? NONE : this.#remembered("code", () => this.#ofCode());
    if (!("value" in part)) return NONE;
    if (kind === "argument" && this.#redaction?.covers(name) === true) return SECRET;
    const form = slot?.type?.result.form;
    if (part.type === "folder" || (kind === "argument" && form === "folder")) {
      const place = kind === "input" ? `input ${name}` : name;
      const found = observed.find((each) => each.place === place);
      return this.#remembered(`${kind} ${name} ${digest} ${String(value)}`, () => folderWords(value, found));
    }
    if (typeof value !== "object" || value === null) return { preview: previewOf(value) };
    return this.#remembered(`${kind} ${name} ${digest}`, () => this.#ofObject(part, value, observed));
  }

  #ofCode(): Words {
    try {
      return this.#manifest === undefined ? NONE : withDetail(codeDetail(this.#manifest()), undefined);
    } catch {
      return NONE; // What is remembered of it is damaged; it only explains.
    }
  }

  #ofObject({ name, slot }: Part, value: object, observed: Identification["observed"]): Words {
    const type = slot?.type;
    const hides = this.#redaction?.touches(name) === true;
    if (type?.opaque === true) return { preview: hides ? "an object" : previewOf(value) };
    try {
      const { leaves, complete } = leavesOf(value, {
        name,
        type,
        redaction: hides ? this.#redaction : undefined,
        digest: (part) => this.#digester.value(part, name),
        fileDigest: (label) => observed.find(({ place }) => place === label)?.file.digest,
      });
      const preview = hides || hasIgnoredPart(type) || isPlain(value) ? previewOfLeaves(leaves) : previewOf(value);
      return withDetail({ kind: "value", leaves, complete }, preview);
    } catch {
      return { preview: hides || hasIgnoredPart(type) ? "an object" : previewOf(value) };
    }
  }

  #remembered(id: string, make: () => Words): Words {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const words = make();
    if (this.#known.size >= KEPT_PARTS) this.#known.clear();
    this.#known.set(id, words);
    return words;
  }
}

const NO_DIGEST = "0".repeat(32);

function folderWords(value: unknown, found: Identification["observed"][number] | undefined): Words {
  const preview = previewOf(value);
  const listed = found?.file.members?.();
  if (listed === undefined) return { preview };
  return withDetail({ kind: "folder", leaves: listed.members, complete: listed.complete }, preview);
}

function withDetail(detail: Detail, preview: string | undefined): Words {
  const shown = preview === undefined ? undefined : { preview };
  if (detail.kind === "value" && detail.complete) {
    if (detail.leaves.length === 0) return { ...shown };
    if (lengthOf(detail.leaves) <= INLINE_LENGTH) return { ...shown, leaves: detail.leaves };
  }
  const text = writeDetail(detail);
  if (text.length > LONGEST_DETAIL) return { ...shown };
  return { ...shown, detail: { digest: toHex(digestContent(Buffer.from(text))), text } };
}

function lengthOf(leaves: readonly Leaf[]): number {
  let length = 0;
  for (const [path, text] of leaves) length += path.length + text.length + 6;
  return length;
}

function isPlain(value: object): boolean {
  return Object.getPrototypeOf(value) === Object.prototype;
}

/** `{ fuel.cost: 3.4, apiKey: (redacted) }` */
function previewOfLeaves(leaves: readonly Leaf[]): string {
  let text = "";
  for (const [path, value] of leaves) {
    const name = path.startsWith(".") ? path.slice(1) : path;
    if (text !== "") text += ", ";
    text += `${name}: ${value.startsWith(REDACTED) ? REDACTED : value}`;
    if (text.length > PREVIEW_LENGTH) return `{ ${text.slice(0, PREVIEW_LENGTH)}… }`;
  }
  return text === "" ? "{}" : `{ ${text} }`;
}
