import fs from "node:fs";
import path from "node:path";
import { Cache, cacheable, FileType, flush } from "scalable";
import { onTestFinished } from "vitest";
import { encodeRecord, openRecord, type Record } from "../../../src/store/remote/record.ts";
import { type Workspace, workspace } from "../../rig/workspace.ts";

export interface MachineOptions {
  readonly sizeLimit?: number;
  readonly maxAge?: number;
  /** What is added to the URL of the remote. */
  readonly query?: string;
  readonly dir?: string;
}

/** One machine of a team: a cache of its own, on the folder that all share. */
export class Machine {
  readonly cache: Cache;
  /** Arguments of the calls whose bodies ran. */
  readonly ran: number[] = [];
  readonly #name: string;

  constructor(team: Team, dir: string, options: MachineOptions) {
    this.#name = team.functionName;
    const { query = "", ...limits } = options;
    this.cache = new Cache(dir, { ...limits, remote: `file://${team.folder}${query}` });
    onTestFinished(() => this.cache.close());
  }

  /** A function of all machines. */
  function(body: (n: number) => unknown, more: object = {}): (n: number) => Promise<unknown> {
    const { ran } = this;
    return cacheable({ name: this.#name, code: "name", cache: this.cache, ...more }, async (n: number) => {
      ran.push(n);
      return body(n);
    });
  }

  /** Waits for what is uploaded behind calls. */
  async uploaded(): Promise<void> {
    await flush();
  }
}

let teams = 0;

/** Machines that share a folder. */
export class Team {
  readonly ws: Workspace;
  readonly folder: string;
  /** One that no other test has: what is told once is told once for each test. */
  readonly functionName: string;
  #machines = 0;

  private constructor(ws: Workspace) {
    this.ws = ws;
    this.folder = ws.resolve("shared");
    fs.mkdirSync(this.folder);
    teams += 1;
    this.functionName = `work${teams}`;
  }

  static async create(): Promise<Team> {
    return new Team(await workspace());
  }

  machine(options: MachineOptions = {}): Machine {
    this.#machines += 1;
    return new Machine(this, options.dir ?? this.ws.resolve(`machine-${this.#machines}`), options);
  }

  files(kind: "entries" | "blobs"): string[] {
    const folder = path.join(this.folder, "v1", kind);
    if (!fs.existsSync(folder)) return [];
    return fs
      .readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .sort();
  }

  /** The only file of its kind. */
  file(kind: "entries" | "blobs"): string {
    const [only, ...others] = this.files(kind);
    if (only === undefined || others.length > 0) throw new Error(`There is not one file of ${kind}.`);
    return only;
  }

  /** Writes the only record anew, with another content and a right digest. */
  async forge(change: (record: Record) => Pick<Record, "header" | "inline">): Promise<void> {
    const file = this.file("entries");
    const record = await openRecord(fs.readFileSync(file));
    fs.writeFileSync(file, await encodeRecord(change(record), undefined));
  }
}

export { FileType };
