import { randomBytes } from "node:crypto";
import { debug, warnOnce } from "../../log.ts";
import type { Access } from "./access.ts";
import type { ObjectInfo } from "./backends/object-store.ts";
import { listAll } from "./list-all.ts";
import { leaseFolder, leaseName } from "./names.ts";
import { RemoteError } from "./remote-error.ts";
import { thisWriter } from "./writer.ts";

/** How often whoever computes says that it still does. */
const BEAT_MS = 10_000;
/** A lease of which nothing was heard for so long is taken over. Measured here, so that no two clocks are compared. */
const STALE_MS = 60_000;
const FIRST_POLL_MS = 500;
const LONGEST_POLL_MS = 5_000;
const LONGEST_LEASE = 4096;

export interface LeasedCall {
  readonly key: string;
  readonly functionName: string;
}

/** What asking for a lease came to. */
export type LeaseAnswer =
  /** `ours`: this machine computes. `none`: so it does, without a lease, as there can be none at present. */
  | "ours"
  | "none"
  /** Another machine computes the call now. */
  | "theirs";

/** When a lease was written last, and since when that is known here. */
interface Sight {
  readonly modifiedAt: number;
  readonly since: number;
}

/**
 * Which machine computes a call while the others wait for its result. A lease is an object that only one can create. It
 * saves work, and is needed for nothing: who cannot have one computes without.
 */
export class RemoteLeases {
  readonly #access: Access;
  readonly #id = randomBytes(12).toString("hex");
  readonly #held = new Map<string, LeasedCall>();
  readonly #sights = new Map<string, Sight>();
  readonly #listings = new Map<string, Promise<Map<string, ObjectInfo>>>();
  #beats = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(access: Access) {
    this.#access = access;
  }

  /** Asks for the right to compute a call. Does not wait for others. Never rejects. */
  async acquire(call: LeasedCall): Promise<LeaseAnswer> {
    const name = leaseName(call.functionName, call.key);
    if (this.#held.has(name)) return "ours";
    try {
      const content = this.#content();
      const put = await this.#access.write("lease", (objects, operation) =>
        objects.put(name, content, { when: "absent", operation }),
      );
      // An answer that was lost on its way makes the second try find what the first one wrote.
      if (put === "exists" && !(await this.#isOurs(name))) return "theirs";
      this.#held.set(name, call);
      this.#timer ??= setInterval(() => void this.#beat(), BEAT_MS).unref();
      return "ours";
    } catch (error) {
      if (error instanceof RemoteError && error.trouble === "unsupported") {
        warnOnce(
          this.#access.objects.url,
          "remote-leases",
          `${this.#access.objects.url} cannot create an object only where there is none, which leases between machines need: several machines may compute the same call at one time.`,
        );
      }
      return "none";
    }
  }

  /**
   * Resolves when nobody computes a call any more, as far as can be seen. Never rejects.
   *
   * @param wanted - whether somebody still waits for the call: where nobody does, this ends at the next look, so that it
   *   keeps no process alive.
   */
  async wait(call: LeasedCall, wanted: () => boolean = () => true): Promise<void> {
    let pause = FIRST_POLL_MS;
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, pause));
      if (!wanted()) return;
      pause = Math.min(LONGEST_POLL_MS, pause * 1.5);
      try {
        if (await this.#isFree(call)) return;
      } catch (error) {
        debug(() => `Leases of ${this.#access.objects.url} cannot be read: ${String(error)}`);
        return; // Waiting for what cannot be seen would be waiting for ever.
      }
    }
  }

  /** Gives the right back. What cannot be removed is taken over when it is old. */
  async release({ key, functionName }: LeasedCall): Promise<void> {
    const name = leaseName(functionName, key);
    if (!this.#held.delete(name)) return;
    if (this.#held.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
    try {
      // Where this machine slept for long, another one may have taken it over.
      if (await this.#isOurs(name)) await this.#remove(name);
    } catch (error) {
      debug(() => `The lease ${name} was not removed: ${String(error)}`);
    }
  }

  async #isFree({ key, functionName }: LeasedCall): Promise<boolean> {
    const name = leaseName(functionName, key);
    const found = (await this.#list(functionName)).get(name);
    if (found === undefined) {
      this.#sights.delete(name);
      return true;
    }
    const sight = this.#sights.get(name);
    if (sight?.modifiedAt !== found.modifiedAt) {
      this.#sights.set(name, { modifiedAt: found.modifiedAt, since: performance.now() });
      return false;
    }
    if (performance.now() - sight.since < STALE_MS) return false;
    this.#sights.delete(name);
    await this.#remove(name);
    return true;
  }

  /** One list serves all that wait for calls of a function at that time. */
  #list(functionName: string): Promise<Map<string, ObjectInfo>> {
    const underWay = this.#listings.get(functionName);
    if (underWay !== undefined) return underWay;
    const listing = this.#readList(functionName).finally(() => this.#listings.delete(functionName));
    this.#listings.set(functionName, listing);
    return listing;
  }

  async #readList(functionName: string): Promise<Map<string, ObjectInfo>> {
    const found = new Map<string, ObjectInfo>();
    for await (const object of listAll(this.#access, leaseFolder(functionName))) found.set(object.name, object);
    return found;
  }

  async #beat(): Promise<void> {
    this.#beats += 1;
    const content = this.#content();
    for (const name of [...this.#held.keys()]) {
      try {
        await this.#access.write("lease", (objects, operation) => objects.put(name, content, { operation }));
      } catch (error) {
        debug(() => `The lease ${name} was not renewed: ${String(error)}`);
      }
      // It was given back while it was renewed, and would stay for nobody.
      if (!this.#held.has(name)) await this.#remove(name).catch(() => undefined);
    }
  }

  async #isOurs(name: string): Promise<boolean> {
    const content = await this.#access.read("lease", (objects, operation) =>
      objects.get(name, LONGEST_LEASE, operation),
    );
    return content !== undefined && Buffer.from(content).toString("utf8").includes(this.#id);
  }

  #remove(name: string): Promise<void> {
    return this.#access.write("lease", (objects, operation) => objects.delete([name], operation));
  }

  #content(): Uint8Array {
    const { host, user } = thisWriter();
    return Buffer.from(JSON.stringify({ id: this.#id, host, user, pid: process.pid, beat: this.#beats }), "utf8");
  }
}
