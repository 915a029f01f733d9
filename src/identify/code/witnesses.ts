import { createHash } from "node:crypto";
import fs, { type BigIntStats } from "node:fs";
import { type DigestMemo, isSettled, stampOf } from "../memo.ts";

/*
 * What was looked at on disk to find out what a function's code is: while all of it is as it was, so is the answer.
 */

export type Kind = "file" | "folder" | "none";

/** What is known of a path. */
interface Look {
  readonly kind: Kind;
  readonly state: string;
  /** When it was last changed at the latest, in milliseconds since 1970. */
  readonly changedAt: number;
  readonly settled: boolean;
}

/** Paths, and a digest of the states that they had together. */
interface PathList {
  readonly paths: readonly string[];
  readonly states: string;
}

/** The disk, each path of which is looked at once. */
export class Disk {
  readonly #looks = new Map<string, Look>();
  /** By their paths: the functions of a module mostly have the same witnesses. */
  readonly #lists = new Map<string, PathList>();

  look(file: string): Look {
    const known = this.#looks.get(file);
    if (known !== undefined) return known;
    const look = lookAt(file);
    this.#looks.set(file, look);
    return look;
  }

  /** The text of a file; undefined where there is none that can be read. */
  text(file: string): string | undefined {
    return this.content(file)?.toString("utf8");
  }

  content(file: string): Buffer | undefined {
    const { kind, state } = this.look(file);
    if (kind !== "file") return undefined;
    try {
      const content = fs.readFileSync(file);
      // It may have been written since it was looked at; then that is what it was changed to, and when.
      const now = lookAt(file);
      if (now.state !== state) {
        this.#looks.set(file, now);
        this.#lists.clear();
      }
      return content;
    } catch {
      return undefined; // Nothing that could be loaded.
    }
  }

  /** @param lines - a path in each. */
  list(lines: string): PathList {
    const known = this.#lists.get(lines);
    if (known !== undefined) return known;
    const paths = lines.split("\n");
    const states = createHash("sha256");
    states.update(paths.map((file) => this.look(file).state).join("\n"));
    const list = { paths, states: states.digest("base64") };
    this.#lists.set(lines, list);
    return list;
  }
}

function lookAt(file: string): Look {
  const startedAt = Date.now();
  let stat: BigIntStats | undefined;
  try {
    stat = fs.statSync(file, { bigint: true, throwIfNoEntry: false });
  } catch {
    // A name in a folder that may not be searched, or below a file: nothing that could be loaded.
  }
  if (stat === undefined) return { kind: "none", state: "", changedAt: 0, settled: true };
  const changedNs = stat.mtimeNs > stat.ctimeNs ? stat.mtimeNs : stat.ctimeNs;
  const changedAt = Number(changedNs / 1_000_000n) + tickOf(changedNs);
  // Of a folder only counts that it is there, and which one.
  if (stat.isDirectory()) return { kind: "folder", state: `${stat.dev} ${stat.ino}`, changedAt: 0, settled: true };
  const state = stampOf(stat).join(" ");
  return { kind: "file", state, changedAt, settled: isSettled(stat, startedAt) };
}

/**
 * How far the clock behind a time stamp may lag, in milliseconds: 10 for the clock ticks of common kernels, and 2,000
 * where the time is of whole seconds, as FAT and some network file systems have it.
 */
function tickOf(stampNs: bigint): number {
  return stampNs % 1_000_000_000n === 0n ? 2_000 : 10;
}

/** The state of a path as it is now. */
export function stateNow(file: string): string {
  return lookAt(file).state;
}

/** Looks at the disk, and takes note of what it looked at. */
export class Witnesses {
  readonly disk: Disk;
  readonly #seen = new Set<string>();

  constructor(disk: Disk) {
    this.disk = disk;
  }

  kind(file: string): Kind {
    return this.#look(file).kind;
  }

  /** The real path of a folder; undefined where there is none. */
  realFolder(folder: string): string | undefined {
    return this.#real(folder, "folder");
  }

  /** The real path of a file, from which its own imports start; undefined where there is none. */
  realFile(file: string): string | undefined {
    return this.#real(file, "file");
  }

  #real(file: string, kind: Kind): string | undefined {
    if (this.#look(file).kind !== kind) return undefined;
    try {
      return fs.realpathSync(file);
    } catch {
      return undefined;
    }
  }

  #look(file: string): Look {
    this.#seen.add(file);
    return this.disk.look(file);
  }

  get paths(): Iterable<string> {
    return this.#seen;
  }
}

/**
 * A record of the memo that holds while its witnesses agree. Their states are kept as one digest: a function may have
 * hundreds.
 */
interface Remembered {
  /** One in a line. */
  readonly paths: string;
  readonly states: string;
  readonly content: unknown;
}

/** What was remembered under a name, where all that it was made of is as it was. */
export function recall(
  memo: DigestMemo | undefined,
  name: string,
  disk: Disk,
): { readonly paths: readonly string[]; readonly content: unknown } | undefined {
  const record = memo?.recall(name);
  if (record === undefined) return undefined;
  try {
    const { buffer, byteOffset, byteLength } = record;
    const text = Buffer.from(buffer, byteOffset, byteLength).toString("utf8");
    const { paths: lines, states, content } = JSON.parse(text) as Remembered;
    const list = disk.list(lines);
    return list.states === states ? { paths: list.paths, content } : undefined;
  } catch {
    return undefined; // Another release wrote it.
  }
}

/** Remembers something, unless a change of what it was made of could go unnoticed. */
export function remember(
  memo: DigestMemo | undefined,
  name: string,
  { paths, disk, content }: { readonly paths: Iterable<string>; readonly disk: Disk; readonly content: unknown },
): void {
  if (memo === undefined) return;
  const all = [...new Set(paths)];
  if (!all.every((file) => disk.look(file).settled)) return;
  const lines = all.join("\n");
  const record: Remembered = { paths: lines, states: disk.list(lines).states, content };
  memo.remember(name, Buffer.from(JSON.stringify(record), "utf8"));
}
