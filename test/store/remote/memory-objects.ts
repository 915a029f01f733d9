import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import type {
  Content,
  ListOptions,
  ObjectInfo,
  ObjectStore,
  Operation,
  Page,
  PutOptions,
} from "../../../src/store/remote/backends/object-store.ts";
import { RemoteError, type RemoteTrouble } from "../../../src/store/remote/remote-error.ts";

export type Request = "check" | "get" | "download" | "head" | "put" | "list" | "delete";

/** What becomes of a request: `stall` never answers, an `until` goes on when that resolves. */
export type Fate =
  | RemoteTrouble
  | "stall"
  | { readonly until: Promise<unknown> }
  | { readonly error: unknown }
  | undefined;

interface Stored {
  readonly content: Uint8Array;
  readonly modifiedAt: number;
}

/** The objects of a place, which any number of stores see. */
export class MemoryPlace {
  readonly objects = new Map<string, Stored>();
  /** How far the clock of the place is ahead of ours, in milliseconds. */
  clockAhead = 0;

  put(name: string, content: Uint8Array): void {
    this.objects.set(name, { content: Uint8Array.from(content), modifiedAt: Date.now() + this.clockAhead });
  }

  content(name: string): Uint8Array {
    const found = this.objects.get(name);
    if (found === undefined) throw new Error(`There is no ${name}.`);
    return found.content;
  }

  names(prefix = ""): string[] {
    return [...this.objects.keys()].filter((name) => name.startsWith(prefix)).sort();
  }
}

/** A store of objects in memory, which counts its requests, and does what a script says. */
export class MemoryObjects implements ObjectStore {
  readonly url = "memory://place";
  readonly concurrency: number = 64;
  readonly place: MemoryPlace;
  /** Names of all requests, in their order. */
  readonly requests: { readonly request: Request; readonly name: string }[] = [];
  /** Asked before each request what becomes of it. */
  script: (request: Request, name: string) => Fate = () => undefined;
  closed = false;
  readonly #prefix: string;

  constructor(place = new MemoryPlace(), prefix = "") {
    this.place = place;
    this.#prefix = prefix;
  }

  count(request: Request, prefix = ""): number {
    return this.requests.filter((made) => made.request === request && made.name.startsWith(prefix)).length;
  }

  async check(operation: Operation): Promise<void> {
    await this.#answer("check", "", operation);
  }

  async get(name: string, most: number, operation: Operation): Promise<Uint8Array | undefined> {
    await this.#answer("get", name, operation);
    const found = this.#find(name);
    if (found === undefined) return undefined;
    if (found.content.length > most) throw new RemoteError("damaged", `${name} is larger than ${most} bytes`);
    operation.progress(found.content.length);
    return Uint8Array.from(found.content);
  }

  async download(name: string, file: string, operation: Operation): Promise<number | undefined> {
    await this.#answer("download", name, operation);
    const found = this.#find(name);
    if (found === undefined) return undefined;
    operation.signal.throwIfAborted();
    await writeFile(file, found.content);
    moveAll(found.content.length, operation);
    return found.content.length;
  }

  async head(name: string, operation: Operation): Promise<ObjectInfo | undefined> {
    await this.#answer("head", name, operation);
    const found = this.#find(name);
    return found === undefined ? undefined : { name, bytes: found.content.length, modifiedAt: found.modifiedAt };
  }

  async put(
    name: string,
    content: Content,
    { operation, when = "always" }: PutOptions & { readonly operation: Operation },
  ): Promise<"stored" | "exists"> {
    await this.#answer("put", name, operation);
    const bytes = content instanceof Uint8Array ? content : await readFile(content.file);
    moveAll(bytes.length, operation);
    operation.signal.throwIfAborted();
    if (when === "absent" && this.#find(name) !== undefined) return "exists";
    this.place.put(this.#prefix + name, bytes);
    return "stored";
  }

  async list(
    prefix: string,
    { operation, after, limit = 1_000 }: ListOptions & { readonly operation: Operation },
  ): Promise<Page> {
    await this.#answer("list", prefix, operation);
    const from = after === undefined ? undefined : this.#prefix + after;
    const names = this.place.names(this.#prefix + prefix).filter((name) => from === undefined || name > from);
    const objects = names.slice(0, Math.min(limit, 1_000)).map((name) => {
      const { content, modifiedAt } = this.place.objects.get(name) ?? { content: [], modifiedAt: 0 };
      return { name: name.slice(this.#prefix.length), bytes: content.length, modifiedAt };
    });
    operation.progress(0);
    return { objects, more: names.length > objects.length };
  }

  async delete(names: readonly string[], operation: Operation): Promise<void> {
    await this.#answer("delete", names[0] ?? "", operation);
    for (const name of names) this.place.objects.delete(this.#prefix + name);
    operation.progress(0);
  }

  close(): void {
    this.closed = true;
  }

  #find(name: string): Stored | undefined {
    return this.place.objects.get(this.#prefix + name);
  }

  async #answer(request: Request, name: string, { signal }: Operation): Promise<void> {
    this.requests.push({ request, name });
    signal.throwIfAborted();
    const fate = this.script(request, name);
    if (fate === undefined) return;
    if (typeof fate === "object") {
      if ("error" in fate) throw fate.error;
      await fate.until;
    } else if (fate === "stall") {
      await new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    } else throw new RemoteError(fate, `the script says ${fate}`);
  }
}

/** Says that content moves, in pieces, as long as nobody aborts it. */
function moveAll(bytes: number, { signal, progress }: Operation): void {
  const piece = 256 * 1024;
  for (let moved = 0; moved < bytes; moved += piece) {
    signal.throwIfAborted();
    progress(Math.min(piece, bytes - moved));
  }
  signal.throwIfAborted();
}

export function sha256(content: Uint8Array | string): string {
  return createHash("sha256").update(content).digest("hex");
}
