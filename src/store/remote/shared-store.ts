import { messageOf } from "../../errors.ts";
import { outsideOfCalls, warnOnce } from "../../log.ts";
import type { RemoteMode, RemoteWhen } from "../../remote-location.ts";
import { emit, observed } from "../../telemetry/event.ts";
import { DamagedBlob } from "../local/blobs.ts";
import { StoreUnavailable } from "../local/connection.ts";
import type { LocalStore } from "../local/local-store.ts";
import type { EntryInfo } from "../store.ts";
import { Access, LeftAlone } from "./access.ts";
import type { ObjectStore } from "./backends/object-store.ts";
import { BlobTransfer } from "./blob-transfer.ts";
import type { BreakerState } from "./breaker.ts";
import { entryInfoOf } from "./entry-info.ts";
import { type Fetched, fetchDetails, fetchEntry, isTooOld } from "./fetch-entry.ts";
import { Gathered } from "./gathered.ts";
import { KnownKeys } from "./known-keys.ts";
import { RemoteLeases } from "./leases.ts";
import { recordId, recordName } from "./names.ts";
import { BadRecord, LONGEST_RECORD, openRecord, type RecordHeader } from "./record.ts";
import { RemoteError } from "./remote-error.ts";
import type { PublicKey, Signer } from "./trust.ts";
import { uploadEntry } from "./upload-entry.ts";
import { type UploadEnd, type UploadJob, Uploads } from "./uploads.ts";
import { Worth } from "./worth.ts";

/** So many entries of others are compared with a call that missed. */
const COMPARED = 16;

export interface SharedStoreOptions {
  readonly mode: RemoteMode;
  /** `calls`: what goes wrong is told as a warning, as calls go on without it. `command`: as an error, and nothing else. */
  readonly purpose: "calls" | "command";
  readonly timeoutMs: number;
  readonly when: RemoteWhen;
  readonly signer: Signer | undefined;
  /** Keys of which one must have signed what is read; undefined where nobody has to. */
  readonly trusted: readonly PublicKey[] | undefined;
}

export interface Asked {
  readonly key: string;
  readonly functionName: string;
  /** Entries that were computed longer ago are no answer. */
  readonly maxAgeMs?: number | undefined;
  /** `now`: what was found to be missing a moment ago is looked for again. */
  readonly asOf?: "now" | undefined;
}

/** An entry that was stored in the local store. */
export interface Stored {
  readonly key: string;
  readonly functionName: string;
  /** Whether it takes the place of one that was found to be damaged. */
  readonly replaces?: "damaged" | undefined;
}

/** What asking the shared store came to. */
export type RemoteAnswer =
  | Fetched
  /** It could not be asked. */
  | { readonly state: "unreachable"; readonly why: string }
  /** It was not asked: the function's calls are cheaper to run than to fetch. */
  | { readonly state: "skipped" };

/** The store that a team shares, as one process sees it, beside the local store that it fills and is filled from. */
export class SharedStore {
  readonly access: Access;
  readonly uploads: Uploads;
  readonly blobs: BlobTransfer;
  readonly leases: RemoteLeases;
  readonly options: SharedStoreOptions;
  readonly local: LocalStore;
  readonly known: KnownKeys;
  readonly #worth: Worth;
  readonly #lookups: Gathered<Asked, boolean>;
  readonly #fetching = new Map<string, Promise<RemoteAnswer>>();
  /** Records that turned out to be damaged, so that a computed result replaces them. */
  readonly #damaged = new Set<string>();
  /** How long asking took for calls that are being computed now. */
  readonly #askedMs = new Map<string, number>();
  /** Functions whose latest calls were fetched, to compare misses with. */
  readonly #met = new Set<string>();
  /** Why nothing is uploaded, although the mode would have it. */
  #readOnly: RemoteError | undefined;

  constructor(objects: ObjectStore, local: LocalStore, options: SharedStoreOptions) {
    this.options = options;
    this.local = local;
    this.access = new Access(objects, {
      timeoutMs: options.timeoutMs,
      mode: options.mode,
      changed: (state) => this.#tellState(state),
      failed: (_, error) => this.#tellFailure(error),
    });
    this.blobs = new BlobTransfer(this.access, local.blobs);
    this.leases = new RemoteLeases(this.access);
    this.#worth = new Worth(options.when);
    this.known = new KnownKeys((prefix, after) =>
      this.access.read("list", (store, operation) =>
        store.list(prefix, { operation, ...(after === undefined ? {} : { after }) }),
      ),
    );
    this.#lookups = new Gathered((asked) => this.#filter(asked));
    this.uploads = new Uploads({
      upload: (job) => this.upload(job),
      usable: () => this.access.state.state === "closed" && this.#readOnly === undefined,
      ended: (job, end, ms) => this.#tellUpload(job, end, ms),
    });
  }

  get url(): string {
    return this.access.objects.url;
  }

  /** Brings the entry of a call into the local store, where there is one. Never rejects. */
  fetch(asked: Asked): Promise<RemoteAnswer> {
    const { key, functionName } = asked;
    if (!this.#worth.isAsked(functionName)) return Promise.resolve({ state: "skipped" });
    const underWay = this.#fetching.get(key);
    if (underWay !== undefined) return underWay;
    const fetching = this.#fetch(asked).finally(() => this.#fetching.delete(key));
    this.#fetching.set(key, fetching);
    return fetching;
  }

  async #fetch(asked: Asked): Promise<RemoteAnswer> {
    const { key, functionName } = asked;
    const { state } = this.access;
    if (state.state !== "closed") return unreachable(state.cause);
    const end = this.#worth.begin();
    let answer: RemoteAnswer = { state: "absent" };
    try {
      if (asked.asOf === "now" || (await this.#lookups.ask(asked))) {
        answer = await fetchEntry(this, { key, functionName, maxAgeMs: asked.maxAgeMs });
        if (answer.state === "absent") this.known.missing(functionName, recordId(key));
      }
    } catch (error) {
      answer = this.#failed(asked, error);
    }
    // Only who listens is told why a call missed.
    if (answer.state === "absent" && observed()) await this.#meet(functionName);
    const askedMs = end();
    if (answer.state === "absent") this.#noteAsked(key, askedMs);
    else if (answer.state === "kept") this.#worth.saved(functionName, askedMs, answer.computeMs);
    return answer;
  }

  /** For `fetchEntry`. */
  get trusted(): readonly PublicKey[] | undefined {
    return this.options.trusted;
  }

  get signer(): Signer | undefined {
    return this.options.signer;
  }

  #failed({ key, functionName }: Asked, error: unknown): RemoteAnswer {
    if (error instanceof BadRecord) {
      if (error.kind === "damaged") this.#damaged.add(key);
      this.#warnOfRecord(functionName, error);
      return { state: "absent" };
    }
    if (error instanceof RemoteError && error.trouble === "damaged") {
      this.#damaged.add(key);
      this.#warnOfRecord(functionName, new BadRecord("damaged", error.message));
      return { state: "absent" };
    }
    if (error instanceof RemoteError) return unreachable(error);
    if (error instanceof LeftAlone) return unreachable(error.cause);
    if (!(error instanceof StoreUnavailable)) {
      outsideOfCalls(() =>
        warnOnce(
          this.local.dir,
          "remote-unkept",
          `A result of ${this.url} could not be kept in ${this.local.dir}: ${messageOf(error)}. It is computed.`,
        ),
      );
    }
    return { state: "absent" };
  }

  #warnOfRecord(functionName: string, { kind, message }: BadRecord): void {
    const what =
      kind === "damaged"
        ? `A result of ${functionName} in ${this.url} is damaged (${message}). It is computed again, and replaced.`
        : `A result of ${functionName} in ${this.url} is not used: ${message}. Results are believed that one of the trusted keys signed (SCALABLE_CACHE_TRUSTED_KEYS, trusted_keys of the manifest, and the key of SCALABLE_CACHE_SIGNING_KEY).`;
    outsideOfCalls(() => warnOnce(kind === "damaged" ? functionName : this.url, `remote-${kind}`, what));
  }

  async #filter(asked: readonly Asked[]): Promise<(question: Asked) => boolean> {
    const there = new Map<string, Set<string>>();
    await Promise.all(
      [...Map.groupBy(asked, ({ functionName }) => functionName)].map(async ([functionName, questions]) => {
        const ids = questions.map(({ key }) => recordId(key));
        there.set(functionName, await this.known.filter(functionName, ids));
      }),
    );
    return ({ key, functionName }) => there.get(functionName)?.has(recordId(key)) === true;
  }

  /** What the record of a call says, where there is one that is not too old. Never rejects. */
  async find({ key, functionName, maxAgeMs }: Asked): Promise<EntryInfo | undefined> {
    try {
      if (!(await this.#lookups.ask({ key, functionName }))) return undefined;
      const header = await this.header(recordName(functionName, key));
      if (header?.key !== key || header.function !== functionName) return undefined;
      return isTooOld(header, maxAgeMs) || isTooOld(header, this.local.maxAgeMs) ? undefined : entryInfoOf(header);
    } catch {
      return undefined; // The user was told.
    }
  }

  #noteAsked(key: string, ms: number): void {
    if (this.#askedMs.size > 100_000) this.#askedMs.clear();
    this.#askedMs.set(key, ms);
  }

  /** An entry was stored in the local store: it is uploaded behind what goes on. */
  stored({ key, functionName, replaces }: Stored, computeMs: number): void {
    const askedMs = this.#askedMs.get(key);
    if (askedMs !== undefined) {
      this.#askedMs.delete(key);
      this.#worth.inVain(functionName, askedMs, computeMs);
    }
    if (this.options.mode === "read" || this.#readOnly !== undefined || !this.#worth.isAsked(functionName)) return;
    const how = replaces === "damaged" || this.#damaged.has(key) ? "again" : "missing";
    this.uploads.add({ key, functionName, how });
  }

  /** Whether the record of a call turned out to be damaged. */
  isDamaged(key: string): boolean {
    return this.#damaged.has(key);
  }

  /** Uploads one entry now. @throws as `uploadEntry` does. */
  async upload({ key, how }: Pick<UploadJob, "key" | "how">): ReturnType<typeof uploadEntry> {
    // Before the local entry is read, which may be long.
    const { state } = this.access;
    if (state.state !== "closed") throw new LeftAlone(state.cause);
    const uploaded = await uploadEntry(this, key, how).catch((error: unknown) => {
      if (error instanceof RemoteError && error.trouble === "forbidden") this.#refuseUploads(error);
      throw error;
    });
    if (uploaded !== undefined) {
      this.#damaged.delete(key);
      this.known.present(uploaded.functionName, recordId(key));
    }
    return uploaded;
  }

  /** Who may read and not write goes on reading. */
  #refuseUploads(error: RemoteError): void {
    this.#readOnly ??= error;
    if (this.options.purpose === "command") return;
    outsideOfCalls(() =>
      warnOnce(
        this.url,
        "remote-read-only",
        `${dotted(error.message)} Nothing more is uploaded; results are still read from there. Where that is meant, set SCALABLE_CACHE_REMOTE_MODE=read.`,
      ),
    );
  }

  /** Removes a record, so that it answers no call any more. Returns whether that could be done. */
  async remove({ key, functionName }: Asked): Promise<boolean> {
    if (this.options.mode === "read") return false;
    const name = recordName(functionName, key);
    try {
      await this.access.write("delete", (store, operation) => store.delete([name], operation));
      this.known.removed(functionName, recordId(key));
      return true;
    } catch {
      return false; // The user was told.
    }
  }

  /** The entries of a function that were stored last, to compare a call with. Never rejects. */
  async newest(functionName: string, count: number): Promise<EntryInfo[]> {
    try {
      const ids = await this.known.newest(functionName, count);
      const headers = await Promise.all(ids.map((id) => this.header(recordName(functionName, id))));
      const own = headers.flatMap((header) => (header?.function === functionName ? [header] : []));
      await Promise.all(own.map((header) => fetchDetails(this, header)));
      return own.map(entryInfoOf);
    } catch {
      return []; // It only explains.
    }
  }

  /** Where this machine has no call of a function to compare a new one with: what others stored last. */
  async #meet(functionName: string): Promise<void> {
    if (this.#met.has(functionName) || this.local.recent.of(functionName).length > 0) return;
    this.#met.add(functionName);
    for (const { key, createdAt, call } of await this.newest(functionName, COMPARED)) {
      if (call !== undefined) this.local.recent.add(functionName, { key, at: createdAt, parts: call.parts });
    }
  }

  /** The header of a record that is to be believed. */
  async header(name: string): Promise<RecordHeader | undefined> {
    try {
      const bytes = await this.access.read("look-up", (store, operation) => store.get(name, LONGEST_RECORD, operation));
      return bytes === undefined ? undefined : (await openRecord(bytes, this.trusted)).header;
    } catch (error) {
      if (error instanceof BadRecord || (error instanceof RemoteError && error.trouble === "damaged")) return undefined;
      throw error;
    }
  }

  close(): void {
    this.access.close();
  }

  #tellState(state: BreakerState): void {
    const what = state.state === "closed" ? "resumed" : state.state === "off" ? "off" : "paused";
    if (observed()) {
      const cause = state.state === "closed" ? undefined : state.cause;
      emit({
        type: "remote",
        timestamp: new Date().toISOString(),
        remote: this.url,
        what,
        ok: state.state === "closed",
        ...(cause === undefined ? {} : { trouble: cause.trouble, message: cause.message }),
      });
    }
    if (state.state === "closed" || this.options.purpose === "command") return;
    const rest =
      state.state === "off"
        ? "This process goes on with the local cache alone; what it computes can be uploaded later by: scalable cache push."
        : "It is left alone for a while, and the run goes on with the local cache.";
    outsideOfCalls(() => warnOnce(this.url, `remote ${state.cause.trouble}`, `${dotted(state.cause.message)} ${rest}`));
  }

  #tellFailure(error: RemoteError): void {
    if (!observed()) return;
    emit({
      type: "remote",
      timestamp: new Date().toISOString(),
      remote: this.url,
      what: "failure",
      ok: false,
      trouble: error.trouble,
      message: error.message,
    });
  }

  #tellUpload({ key, functionName }: UploadJob, end: UploadEnd, ms: number): void {
    // Who waits for it finds the record now; where there is none, it computes itself.
    void this.leases.release({ key, functionName });
    if ("error" in end) this.#uploadFailed(functionName, end.error);
    if (!observed() || ("uploaded" in end && end.uploaded === undefined)) return;
    emit({
      type: "remote",
      timestamp: new Date().toISOString(),
      remote: this.url,
      what: "upload",
      ok: "uploaded" in end,
      function_name: functionName,
      key_digest: key,
      duration_s: ms / 1000,
      ...("uploaded" in end ? { bytes: end.uploaded?.bytes ?? 0 } : { message: messageOf(end.error) }),
    });
  }

  #uploadFailed(functionName: string, error: unknown): void {
    // The user was told, or will be at the end.
    if (error instanceof LeftAlone || (error instanceof RemoteError && error.trouble !== "other")) return;
    const damaged = error instanceof DamagedBlob ? "it is damaged" : messageOf(error);
    outsideOfCalls(() =>
      warnOnce(
        functionName,
        "not-uploaded",
        `A result of ${functionName} was not uploaded to ${this.url}: ${damaged}.`,
      ),
    );
  }
}

function unreachable(cause: RemoteError): RemoteAnswer {
  return { state: "unreachable", why: cause.message };
}

function dotted(message: string): string {
  return message.endsWith(".") ? message : `${message}.`;
}
