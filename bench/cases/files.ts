import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Bench, Case } from "../case.ts";
import { commitTree, flushDisk, randomFile, randomTree, run } from "../fixtures.ts";
import { alternate, type Side, timed } from "../measure.ts";
import { rowsOf } from "../row.ts";

type Kind = "file" | "folder";

export const file: Case = {
  name: "file",
  async run(bench) {
    const megabytes = bench.scaled(1024);
    const path = randomFile(join(bench.folder("file"), "series.bin"), megabytes * 2 ** 20);
    const outcomes = await rounds(bench, [
      firstTime(bench, "file", path),
      unchanged(bench, "file", path, bench.scaled(500)),
      program(bench, "xxhsum -H2", "xxhsum", () => run("xxhsum", ["-H2", path])),
    ]);
    return rowsOf(outcomes, [
      {
        name: "file, first time",
        measured:
          `The digest of a file of ${megabytes} MiB in the page cache, asked for as part of a call's key, with an ` +
          "empty memo and a process that is up; against a whole run of xxhsum.",
        ourSide: "first time",
        peer: "xxhsum -H2",
        target: { kind: "ratio", atMost: 1.3 },
      },
      {
        name: "file, unchanged",
        measured: "The same digest again, the file unchanged: the memo's record checked against the file's status.",
        ourSide: "unchanged",
        peer: "xxhsum -H2",
        target: { kind: "ratio", atMost: 0.002 },
      },
    ]);
  },
};

export const folder: Case = {
  name: "folder",
  async run(bench) {
    const tree = randomTree(bench.folder("tree"), bench.scaled(100), 100);
    const git = tryGit(bench, tree);
    const outcomes = await rounds(bench, [
      firstTime(bench, "folder", tree),
      {
        name: "Python loop with xxh3_128",
        async prepare() {
          const peer = await bench.start("xxhash_peer.py", "xxhash");
          return async () => (await peer.ask("folder", tree)).seconds;
        },
      },
      unchanged(bench, "folder", tree, 1),
      program(bench, "git status", "git", () => git("status", "--porcelain")),
    ]);
    const files = `${bench.scaled(100) * 100} files of 0.5 to 8 KB in ${bench.scaled(100)} folders`;
    return rowsOf(outcomes, [
      {
        name: "folder, first time",
        measured:
          `The digest of a folder of ${files}, in the page cache, asked for as part of a call's key, with an empty ` +
          "memo and a process that is up; against a Python loop that walks it, reads each file and feeds one XXH3-128.",
        ourSide: "first time",
        peer: "Python loop with xxh3_128",
        target: { kind: "ratio", atMost: 1 },
      },
      {
        name: "folder, unchanged",
        measured: "The same digest again, nothing changed; against `git status` on the same files, all committed.",
        ourSide: "unchanged",
        peer: "git status",
        target: { kind: "ratio", atMost: 2 },
      },
    ]);
  },
};

async function rounds(bench: Bench, sides: readonly Side[]) {
  flushDisk();
  // A file is believed unchanged only once its last change is two seconds old, see src/identify/memo.ts.
  await sleep(2500);
  return alternate(sides, { rounds: bench.rounds(11), warmups: 1 });
}

/** Each round gets a store of its own, so that its memo knows nothing. */
function firstTime(bench: Bench, kind: Kind, path: string): Side {
  return {
    name: "first time",
    async prepare() {
      const peer = await bench.start("scalable-files.ts");
      return async () => (await peer.ask("first", kind, bench.folder("first"), path)).seconds;
    },
  };
}

function unchanged(bench: Bench, kind: Kind, path: string, n: number): Side {
  return {
    name: "unchanged",
    async prepare() {
      const peer = await bench.start("scalable-files.ts");
      const store = bench.folder("unchanged");
      return async () => (await peer.ask("unchanged", kind, store, path, n)).seconds;
    },
  };
}

/** Whole runs of a program, from its start to its end. */
function program(bench: Bench, name: string, needs: "xxhsum" | "git", work: () => unknown): Side {
  return {
    name,
    async prepare() {
      bench.require(needs);
      return async () => timed(work);
    },
  };
}

/** `git status` refreshes its index on the first run after a commit; the measured runs find it fresh. */
function tryGit(bench: Bench, tree: string): (...args: readonly string[]) => string {
  if (spawnSync("git", ["--version"]).status !== 0) return () => "";
  const git = commitTree(tree, join(bench.folder("repository"), "git"));
  git("status");
  return git;
}
