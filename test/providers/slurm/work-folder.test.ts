import { chmodSync, lstatSync, mkdirSync, statSync, symlinkSync } from "node:fs";
import { expect, test, vi } from "vitest";
import { ScalableError } from "../../../src/errors.ts";
import { arrayFolder, arrayIds, isArrayId, openWorkFolder } from "../../../src/providers/slurm/work-folder.ts";
import { workspace } from "../../rig/workspace.ts";

function refusalOf(workDir: string): string {
  try {
    openWorkFolder(workDir);
  } catch (error) {
    if (!(error instanceof ScalableError)) throw error;
    expect([error.code, error.details.setting]).toEqual(["E_SETTING", "work_dir"]);
    return error.message;
  }
  return "none";
}

test("it is made, with what is above it, for its user alone", async () => {
  const ws = await workspace();
  const umask = process.umask(0);
  try {
    openWorkFolder(ws.resolve("a/b"));
  } finally {
    process.umask(umask);
  }

  for (const folder of ["a", "a/b", "a/b/jobs"]) expect(statSync(ws.resolve(folder)).mode & 0o777).toBe(0o700);
  expect(refusalOf(ws.resolve("a/b"))).toBe("none");
});

test.each([0o720, 0o702, 0o777, 0o1777])("one with mode %o is refused: others could write into it", async (mode) => {
  const ws = await workspace();
  mkdirSync(ws.resolve("work/jobs"), { recursive: true });
  chmodSync(ws.resolve("work/jobs"), mode);

  expect(refusalOf(ws.resolve("work"))).toBe(
    `The folder ${JSON.stringify(ws.resolve("work/jobs"))} (work_dir) can be written by others, who could run anything in your jobs: chmod -R go-w it.`,
  );
});

test("one in a folder to which others may write is refused, as they could put another in its place", async () => {
  const ws = await workspace();
  mkdirSync(ws.resolve("work/jobs"), { recursive: true, mode: 0o700 });
  chmodSync(ws.resolve("work"), 0o2775);

  expect(refusalOf(ws.resolve("work"))).toContain(
    `${JSON.stringify(ws.resolve("work"))} (work_dir) can be written by others`,
  );
  chmodSync(ws.resolve("work"), 0o1777); // As /tmp is: only owners may replace what is theirs.
  expect(refusalOf(ws.resolve("work"))).toBe("none");
});

test.each([0o700, 0o750, 0o755])("one with mode %o, which others may at most read, is used", async (mode) => {
  const ws = await workspace();
  mkdirSync(ws.resolve("work/jobs"), { recursive: true });
  chmodSync(ws.resolve("work/jobs"), mode);

  expect(refusalOf(ws.resolve("work"))).toBe("none");
});

test("one of another user is refused", async () => {
  const ws = await workspace();
  openWorkFolder(ws.path);
  const { uid } = lstatSync(ws.resolve("jobs"));
  // Only root could give a folder away.
  vi.spyOn(process, "getuid").mockReturnValue(uid + 1);

  expect(refusalOf(ws.path)).toBe(
    `The folder ${JSON.stringify(ws.resolve("jobs"))} (work_dir) belongs to another user: each user needs one of their own.`,
  );
  vi.restoreAllMocks();
});

test("one that cannot be made is told of", async () => {
  const ws = await workspace();
  const file = await ws.write("file", "");

  expect(refusalOf(file)).toContain("(work_dir) cannot be made: ENOTDIR");
});

test("a link to a folder on another disk is judged by that folder", async () => {
  const ws = await workspace();
  mkdirSync(ws.resolve("scratch"), { mode: 0o700 });
  mkdirSync(ws.resolve("work"));
  symlinkSync(ws.resolve("scratch"), ws.resolve("work/jobs"));

  expect(refusalOf(ws.resolve("work"))).toBe("none");
  chmodSync(ws.resolve("scratch"), 0o777);
  expect(refusalOf(ws.resolve("work"))).toContain("can be written by others");
});

test("ids of arrays are told from other names, and sort by time", async () => {
  const ws = await workspace();
  const [older, newer] = ["20261128T143000Z-1f00c2aa", "20261129T000000Z-00000000"];
  for (const name of [newer, older, "notes", ".nfs001", "20261128T143000Z-1f00c2aa.tmp", "20261128T143000Z-1F00C2AA"])
    mkdirSync(ws.resolve("jobs", name), { recursive: true });

  expect(arrayIds(ws.path)).toEqual([older, newer]);
  expect(arrayIds(ws.resolve("none"))).toEqual([]);
  expect(arrayFolder(ws.path, older)).toBe(ws.resolve("jobs", older));
});

test.each(["", "..", "../20261128T143000Z-1f00c2aa", "20261128T143000Z-1f00c2aa/..", "20261128T143000Z-1f00c2aa\n"])(
  "%j in a claim leads nowhere",
  (text) => {
    expect(isArrayId(text)).toBe(false);
  },
);
