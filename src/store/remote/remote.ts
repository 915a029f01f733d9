import { loadContentHasher } from "../../identify/content.ts";
import { parseLocation, type RemoteLocation, type RemoteMode } from "../../remote-location.ts";
import { cacheLeases, cacheRemoteMode, cacheSigningKey, cacheTrustedKeys } from "../../settings.ts";
import type { MissReason } from "../../telemetry/event.ts";
import type { LocalStore } from "../local/local-store.ts";
import type { EntryInfo } from "../store.ts";
import type { LeaseAnswer, LeasedCall } from "./leases.ts";
import type { Asked, RemoteAnswer, SharedStore, SharedStoreOptions } from "./shared-store.ts";
import type { UploadCounts } from "./uploads.ts";

/** How long an operation may go without moving a byte, where the URL does not say. */
const TIMEOUT_MS = 5_000;
/** How long what the session did not find is taken to be missing by its workers. */
const ABSENT_MS = 30_000;

/** An entry that was stored in a local store, and is to be uploaded by another thread or process than the one that did. */
export interface ForwardedUpload {
  /** Folder of the local store. */
  readonly dir: string;
  /** The remote, as it was given. */
  readonly remote: string;
  readonly key: string;
  readonly functionName: string;
  readonly computeMs: number;
  /** Whether what the remote has of it turned out to be damaged. */
  readonly replaces?: "damaged" | undefined;
}

/** A call that another thread or process of this machine has looked for in vain. */
export interface AbsentCall {
  readonly key: string;
  /** When: milliseconds since 1970. */
  readonly at: number;
  /** Why it is not there, as far as was found out. */
  readonly reason: MissReason;
  readonly because?: string | undefined;
}

/** How a remote stands, as a session tells its workers. */
export interface RemoteStanding {
  /** The remote, as it was given. */
  readonly remote: string;
  /** Why it is left alone at present, where it is. */
  readonly leftAlone: string | undefined;
}

let forward: ((upload: ForwardedUpload) => void) | undefined;

/** In a worker: uploads are left to the session, which outlives its workers and can say how far they are. */
export function forwardUploads(to: (upload: ForwardedUpload) => void): void {
  forward = to;
}

/** Remotes that are left alone, by their text: why, and when that was told. */
const leftAlone = new Map<string, { readonly why: string; readonly at: number }>();

/** In a worker: what its session has found out need not cost each worker its time as well. */
export function noteStanding({ remote, leftAlone: why }: RemoteStanding): void {
  if (why === undefined) leftAlone.delete(remote);
  else leftAlone.set(remote, { why, at: Date.now() });
}

/** Remotes that this thread has used. */
const used = new Set<Remote>();

/**
 * The shared store of a cache, as calls see it. Its code and its client are loaded when something is first looked for or
 * stored there: what is answered by the local store costs nothing of it.
 */
export class Remote {
  /** As it was given. */
  readonly text: string;
  readonly location: RemoteLocation;
  readonly mode: RemoteMode;
  readonly #local: () => LocalStore;
  readonly #absent = new Map<string, AbsentCall>();
  #loading: Promise<SharedStore> | undefined;
  #loaded: SharedStore | undefined;
  /** What was stored and is not among the uploads yet, as those are being loaded. */
  #early = 0;

  /**
   * @param setting - the option or variable that `text` comes from, for errors.
   * @throws ScalableError with `E_SETTING`.
   */
  constructor(text: string, setting: string, local: () => LocalStore) {
    this.text = text;
    this.location = parseLocation(text, setting);
    this.mode = this.location.mode ?? cacheRemoteMode() ?? "readwrite";
    this.#local = local;
  }

  /** What it is called: without options and secrets. */
  get url(): string {
    return this.location.url;
  }

  get reads(): boolean {
    return this.mode !== "write";
  }

  get writes(): boolean {
    return this.mode !== "read";
  }

  /**
   * Loads what it needs. Asks nobody yet.
   *
   * @throws ScalableError with `E_SETTING` for keys that cannot be used, RemoteError where the client is not installed.
   */
  load(purpose: SharedStoreOptions["purpose"] = "calls"): Promise<SharedStore> {
    if (this.#loading === undefined) {
      // Before it is loaded: who waits for uploads waits for that as well.
      watch(this);
      this.#loading = this.#load(purpose).catch((error: unknown) => {
        this.#loading = undefined;
        throw error;
      });
    }
    return this.#loading;
  }

  async #load(purpose: SharedStoreOptions["purpose"]): Promise<SharedStore> {
    const [{ SharedStore }, { openBackend }, { parsePublicKeys, readSigner }] = await Promise.all([
      import("./shared-store.ts"),
      import("./backends/open-backend.ts"),
      import("./trust.ts"),
    ]);
    const secret = cacheSigningKey();
    const signer = secret === undefined ? undefined : readSigner(secret, "SCALABLE_CACHE_SIGNING_KEY");
    const trustedText = cacheTrustedKeys();
    const trusted = trustedText === undefined ? [] : parsePublicKeys(trustedText, "SCALABLE_CACHE_TRUSTED_KEYS");
    if (signer !== undefined) trusted.push(signer.publicKey);
    await loadContentHasher();
    const objects = await openBackend(this.location);
    this.#loaded = new SharedStore(objects, this.#local(), {
      mode: this.mode,
      purpose,
      timeoutMs: this.location.timeoutMs ?? TIMEOUT_MS,
      when: this.location.when ?? "worthwhile",
      signer,
      trusted: trusted.length === 0 ? undefined : trusted,
    });
    return this.#loaded;
  }

  /**
   * Brings the entry of a call into the local store, where there is one.
   *
   * @throws as `load` does, and for nothing else.
   */
  async fetch(asked: Asked): Promise<RemoteAnswer | { readonly state: "known absent"; readonly call: AbsentCall }> {
    const call = this.#absent.get(asked.key);
    const known = call !== undefined && asked.asOf !== "now" && Math.abs(Date.now() - call.at) < ABSENT_MS;
    if (known) return { state: "known absent", call };
    const why = this.#toldWhy;
    if (why !== undefined && this.reads) return { state: "unreachable", why };
    const shared = await this.load();
    return this.reads ? shared.fetch(asked) : { state: "absent" };
  }

  /** What is known of its entry of a call, where there is one that is not too old. @throws as `load` does */
  async find(asked: Asked): Promise<EntryInfo | undefined> {
    return this.#mayAsk ? (await this.load()).find(asked) : undefined;
  }

  /** The entries of a function that were stored there last. @throws as `load` does */
  async newest(functionName: string, count: number): Promise<EntryInfo[]> {
    return this.#mayAsk ? (await this.load()).newest(functionName, count) : [];
  }

  noteAbsent(call: AbsentCall): void {
    if (this.#absent.size > 10_000) this.#absent.clear();
    this.#absent.set(call.key, call);
  }

  /** Why it is not asked at present, where it failed. */
  get leftAlone(): string | undefined {
    const state = this.#loaded?.access.state;
    return state === undefined || state.state === "closed" ? undefined : state.cause.message;
  }

  get #mayAsk(): boolean {
    return this.reads && this.#toldWhy === undefined;
  }

  /** Why it is left alone, as the session told not long ago: in a long call, it is asked again after a while. */
  get #toldWhy(): string | undefined {
    const told = leftAlone.get(this.text);
    return told !== undefined && Date.now() - told.at < ABSENT_MS ? told.why : undefined;
  }

  /** An entry was stored in the local store: it is uploaded behind what goes on. */
  stored({ key, functionName, computeMs, ...given }: Omit<ForwardedUpload, "dir" | "remote">): void {
    if (!this.writes) return;
    if (forward !== undefined) {
      const replaces = this.#loaded?.isDamaged(key) === true ? { replaces: "damaged" as const } : {};
      forward({ dir: this.#local().dir, remote: this.text, key, functionName, computeMs, ...replaces });
      return;
    }
    // At once where that can be: who gives a lease back asks whether there is an upload that does it.
    const stored = { key, functionName, replaces: given.replaces };
    if (this.#loaded !== undefined) this.#loaded.stored(stored, computeMs);
    else {
      this.#early += 1;
      // Where it could not be loaded, the caller was told before it computed anything.
      this.load()
        .then((shared) => shared.stored(stored, computeMs))
        .catch(() => undefined)
        .finally(() => {
          this.#early -= 1;
        });
    }
  }

  /**
   * Whether machines leave calls to each other: with `SCALABLE_CACHE_LEASES=remote`. Not in a worker, whose session has
   * asked before.
   */
  get leases(): boolean {
    return cacheLeases() === "remote" && this.reads && this.writes && forward === undefined;
  }

  /** Whether this machine is to compute a call, or another one does so now. @throws as `load` does */
  async lease(call: LeasedCall): Promise<LeaseAnswer> {
    if (!this.leases) return "none";
    const { access, leases } = await this.load();
    return access.state.state === "closed" ? leases.acquire(call) : "none";
  }

  /** Waits until no other machine computes a call. Then it is either stored, or to be computed here. */
  async awaitOthers(call: LeasedCall, wanted?: () => boolean): Promise<void> {
    const { leases } = await this.load();
    await leases.wait(call, wanted);
  }

  /** Gives a lease back, unless the upload of the result is still to do that. */
  async release(call: LeasedCall): Promise<void> {
    const shared = this.#loaded;
    if (shared !== undefined && !shared.uploads.isOpen(call.key)) await shared.leases.release(call);
  }

  /** Removes the entry of a call. Returns whether that could be done. @throws as `load` does */
  async remove(asked: Asked): Promise<boolean> {
    return this.writes && (await this.load()).remove(asked);
  }

  /** Resolves when all that was stored until now is uploaded, or given up. */
  async flush(): Promise<UploadCounts> {
    const shared = await this.#loading?.catch(() => undefined);
    return shared?.uploads.flush() ?? NONE;
  }

  /** How uploads stand. */
  get counts(): UploadCounts {
    const counts = this.#loaded?.uploads.counts ?? NONE;
    return this.#early === 0 ? counts : { ...counts, open: counts.open + this.#early };
  }

  /** What was not uploaded until now is told. */
  close(): void {
    if (used.delete(this)) tellLeft(this);
    this.#loaded?.close();
    this.#loaded = undefined;
    this.#loading = undefined;
  }
}

const NONE: UploadCounts = { open: 0, uploaded: 0, bytes: 0, left: 0 };

/** How the uploads of this thread stand, all together. */
export function uploadCounts(): UploadCounts {
  return [...used].map(({ counts }) => counts).reduce(sum, NONE);
}

/**
 * Waits for the uploads that run behind calls. What cannot be uploaded stays in the local cache, and
 * `scalable cache push` uploads it later. Calls need not wait for it: a program that ends by itself ends after them.
 *
 * @returns how many results were uploaded by this thread so far, in how many bytes, and how many are left.
 */
export async function flush(): Promise<{ readonly uploaded: number; readonly bytes: number; readonly left: number }> {
  const { uploaded, bytes, left } = (await Promise.all([...used].map((remote) => remote.flush()))).reduce(sum, NONE);
  return { uploaded, bytes, left };
}

function sum(a: UploadCounts, b: UploadCounts): UploadCounts {
  return {
    open: a.open + b.open,
    uploaded: a.uploaded + b.uploaded,
    bytes: a.bytes + b.bytes,
    left: a.left + b.left,
  };
}

let watching = false;

function watch(remote: Remote): void {
  used.add(remote);
  if (watching) return;
  watching = true;
  process.once("exit", () => {
    for (const remote of used) tellLeft(remote);
  });
}

function tellLeft({ url, counts }: Remote): void {
  const left = counts.open + counts.left;
  if (left === 0) return;
  process.stderr.write(
    `scalable: ${left} ${left === 1 ? "result was" : "results were"} not uploaded to ${url}. ${left === 1 ? "It is" : "They are"} in the local cache; "scalable cache push" uploads ${left === 1 ? "it" : "them"}.\n`,
  );
}
