import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { captures, DirType, FileType, plant, treeOf } from "./capture-rig.ts";
import { walk } from "./walk.ts";

const TREE = {
  "a.txt": "a",
  "empty.txt": "",
  "large.bin": "x".repeat(3_000_000),
  "sub/run.sh": "#!/bin/sh",
  "sub/deep/b.txt": "b",
  "sub/to-a": "-> ../a.txt",
  "sub/to-sub": "-> .",
  "to-nowhere": "-> sub/none",
  "empty/folder": null,
  "Ünicode \u{1f600} name with\nlines": "u",
};

function warnings(): readonly string[] {
  const lines: string[] = [];
  const write = vi.spyOn(process.stderr, "write").mockImplementation((text) => lines.push(String(text)) > 0);
  onTestFinished(() => write.mockRestore());
  return lines;
}

test("a folder comes back as it was: contents, executable bits, links, empty folders and odd names", async () => {
  const { at, capture, restore } = await captures();
  plant(at("out"), TREE);
  fs.chmodSync(at("out/sub/run.sh"), 0o755);
  const before = treeOf(at("out"));
  const captured = await capture(DirType, at("out"));
  fs.rmSync(at("out"), { recursive: true });

  expect(await restore(at("out"), captured)).toBe(at("out"));

  expect(treeOf(at("out"))).toEqual(before);
  expect(fs.readdirSync(at())).toEqual(["out"]);
});

test("files in all places of a result come back, and only what is missing or changed is written", async () => {
  const { at, capture, restore } = await captures();
  const type = { report: FileType, parts: [FileType] as const, more: { data: DirType } };
  const value = { report: at("r.txt"), parts: [at("1"), at("deep/2")], more: { data: at("data"), count: 3 }, other: 1 };
  plant(at(), { "r.txt": "report", "1": "one", "deep/2": "two", "data/x": "x" });
  const captured = await capture(type, value);
  const before = treeOf(at());
  const stamp = fs.statSync(at("1"), { bigint: true });
  fs.rmSync(at("deep"), { recursive: true });
  fs.writeFileSync(at("r.txt"), "REPORT");
  fs.chmodSync(at("data/x"), 0o755);

  expect(await restore(structuredClone(value), captured)).toEqual(value);

  expect(treeOf(at())).toEqual(before);
  const { ino, mtimeNs, ctimeNs } = fs.statSync(at("1"), { bigint: true });
  expect({ ino, mtimeNs, ctimeNs }).toEqual({ ino: stamp.ino, mtimeNs: stamp.mtimeNs, ctimeNs: stamp.ctimeNs });
});

test("an identical folder is not touched at all", async () => {
  const { at, capture, restore } = await captures();
  plant(at("out"), TREE);
  const captured = await capture(DirType, at("out"));
  const stamps = (): bigint[] =>
    walk(at("out")).flatMap((name) => {
      const { ino, mtimeNs, ctimeNs } = fs.lstatSync(at("out", name), { bigint: true });
      return [ino, mtimeNs, ctimeNs];
    });
  const before = stamps();

  await restore(at("out"), captured);

  expect(stamps()).toEqual(before);
});

test("what a user put into the folder is moved aside, with a warning, and nothing of it is lost", async () => {
  const { at, capture, restore } = await captures();
  const lines = warnings();
  plant(at("out"), { a: "a", "sub/b": "b", c: "c", l: "-> a" });
  const captured = await capture(DirType, at("out"));
  const before = treeOf(at("out"));
  // A file more, a folder more, a folder in place of a file, a file in place of a folder and of a link.
  for (const name of ["a", "sub", "l"]) fs.rmSync(at("out", name), { recursive: true });
  plant(at("out"), { "mine.txt": "1", "my/own/folder": "2", "a/inside": "3", sub: "4", l: "5", "my link": "-> /etc" });

  await restore(at("out"), captured);

  expect(treeOf(at("out"))).toEqual(before);
  const [aside = "", ...others] = fs.readdirSync(at()).filter((name) => name !== "out");
  expect(others).toEqual([]);
  const text = (content: string): string => Buffer.from(content).toString("base64");
  expect(treeOf(at(aside))).toEqual({
    a: "folder",
    "a/inside": text("3"),
    l: text("5"),
    "mine.txt": text("1"),
    my: "folder",
    "my link": "-> /etc",
    "my/own": "folder",
    "my/own/folder": text("2"),
    sub: text("4"),
  });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(`They are in "${at(aside)}" now.`);
});

test("a folder in the place of a file, and a file in that of a folder, are left alone", async () => {
  const { at, capture, restore } = await captures();
  plant(at(), { file: "f", "folder/x": "x" });
  const file = await capture(FileType, at("file"));
  const folder = await capture(DirType, at("folder"));
  fs.rmSync(at("file"));
  fs.rmSync(at("folder"), { recursive: true });
  plant(at(), { "file/mine": "1", folder: "2" });
  const before = treeOf(at());

  await expect(restore(at("file"), file)).rejects.toThrow("is a folder now");
  await expect(restore(at("folder"), folder)).rejects.toThrow("is not a folder now");

  expect(treeOf(at())).toEqual(before);
});

test("a file in the place of a folder that leads there is left alone", async () => {
  const { at, capture, restore } = await captures();
  plant(at(), { "sub/file": "f" });
  const captured = await capture(FileType, at("sub/file"));
  fs.rmSync(at("sub"), { recursive: true });
  plant(at(), { sub: "mine" });

  await expect(restore(at("sub/file"), captured)).rejects.toThrow();

  expect(treeOf(at())).toEqual({ sub: Buffer.from("mine").toString("base64") });
});

test("a link in the place of a file is replaced, and what it leads to is left alone", async () => {
  const { at, capture, restore } = await captures();
  plant(at(), { file: "f", other: "other" });
  const captured = await capture(FileType, at("file"));
  fs.rmSync(at("file"));
  fs.symlinkSync("other", at("file"));

  await restore(at("file"), captured);

  expect(treeOf(at())).toMatchObject({ file: Buffer.from("f").toString("base64") });
  expect(fs.readFileSync(at("other"), "utf8")).toBe("other");
});

test("the result names its files as it did", async () => {
  const { at, capture, restore } = await captures();
  vi.spyOn(process, "cwd").mockReturnValue(at());
  onTestFinished(() => void vi.restoreAllMocks());
  plant(at(), { "out/x": "x", "y.txt": "y" });
  const value = { dir: "./out", file: "out/../y.txt", slash: "out/" };
  const captured = await capture({ dir: DirType, file: FileType, slash: DirType }, value);
  fs.rmSync(at("out"), { recursive: true });
  fs.rmSync(at("y.txt"));

  expect(await restore({ ...value }, captured)).toEqual({
    ...value,
    file: expect.stringMatching(/^(out\/\.\.\/)?y\.txt$/),
  });

  expect(treeOf(at())).toMatchObject({ "out/x": expect.any(String), "y.txt": expect.any(String) });
});

test("names that are as long as they can be", async () => {
  const { at, capture, restore } = await captures();
  const name = "n".repeat(255);
  plant(at("out"), { [name]: "long", [`sub/${name}`]: "long", [`${"l".repeat(250)}`]: "-> sub" });
  const captured = await capture({ dir: DirType, file: FileType }, { dir: at("out"), file: at("out", name) });
  const before = treeOf(at("out"));
  fs.rmSync(at("out"), { recursive: true });

  await restore({ dir: at("out"), file: at("out", name) }, captured);

  expect(treeOf(at("out"))).toEqual(before);
});

test("permissions are those that new files get", async () => {
  const { at, capture, restore } = await captures();
  plant(at(), { secret: "s", open: "o", "run.sh": "r" });
  fs.chmodSync(at("secret"), 0o600);
  fs.chmodSync(at("open"), 0o666);
  fs.chmodSync(at("run.sh"), 0o755);
  const before = process.umask(0o077);
  onTestFinished(() => void process.umask(before));
  const type = { secret: FileType, open: FileType, run: FileType };
  const value = { secret: at("secret"), open: at("open"), run: at("run.sh") };
  const captured = await capture(type, value);
  for (const name of ["secret", "open", "run.sh"]) fs.rmSync(at(name));

  await restore(value, captured);

  const modes = ["secret", "open", "run.sh"].map((name) => (fs.statSync(at(name)).mode & 0o777).toString(8));
  expect(modes).toEqual(["600", "600", "700"]);
});

const REFUSED: Readonly<Record<string, readonly [(at: (name: string) => string) => void, string]>> = {
  "a link to the outside": [(at) => fs.symlinkSync("../../x", at("out/l")), "leads out of the folder"],
  "an absolute link": [(at) => fs.symlinkSync("/etc/passwd", at("out/l")), "leads out of the folder"],
  "a link that goes up behind a name": [(at) => fs.symlinkSync("sub/../../..", at("out/l")), "leads out of the folder"],
  "a backslash in a name": [(at) => fs.writeFileSync(at("out/a\\b"), ""), "backslash"],
  "a FIFO": [(at) => void execFileSync("mkfifo", [at("out/fifo")]), "FIFO"],
  "a name that is not UTF-8": [
    (at) => fs.writeFileSync(Buffer.concat([Buffer.from(at("out/")), Buffer.from([0xff, 0x41])]), ""),
    "not UTF-8",
  ],
  "a link whose target is not UTF-8": [(at) => fs.symlinkSync(Buffer.from([0xff]), at("out/l")), "not UTF-8"],
};

test.each(Object.entries(REFUSED))("%s cannot be captured, and the reason is told", async (_what, [make, reason]) => {
  const { at, capture, store } = await captures();
  plant(at("out"), { "sub/a": "a" });
  make((name) => at(name));

  await expect(capture(DirType, at("out"))).rejects.toThrow(reason);

  const { staging } = store.connection.layout;
  const staged = fs.existsSync(staging) ? fs.readdirSync(staging) : [];
  expect(staged.filter((name) => name.endsWith(".tmp"))).toEqual([]);
});

test.each([
  ["a file that is not there", FileType, "none"],
  ["a folder as a file", FileType, "folder"],
  ["a file as a folder", DirType, "file"],
  ["a link as a file", FileType, "link"],
  ["a link as a folder", DirType, "folder-link"],
  ["the folder of results itself", DirType, ""],
  ["a file outside", FileType, "../outside"],
  ["a file behind a link that leads out", FileType, "out/outside"],
])("%s is refused", async (_what, type, name) => {
  const { at, capture } = await captures();
  plant(at(), {
    file: "f",
    "folder/x": "x",
    link: "-> file",
    "folder-link": "-> folder",
    "../outside": "o",
    out: "-> ..",
  });

  await expect(capture(type, path.join(at(), name))).rejects.toThrow();
});

test("many files", async () => {
  const { at, capture, restore } = await captures();
  for (let folder = 0; folder < 20; folder += 1) {
    fs.mkdirSync(at(`out/${folder}`), { recursive: true });
    for (let file = 0; file < 25; file += 1) fs.writeFileSync(at(`out/${folder}/${file}`), `${folder} ${file % 10}`);
  }
  const captured = await capture(DirType, at("out"));
  const before = treeOf(at("out"));
  fs.rmSync(at("out/3"), { recursive: true });
  fs.rmSync(at("out/7/7"));

  await restore(at("out"), captured);

  expect(treeOf(at("out"))).toEqual(before);
  expect(captured[0]?.members).toHaveLength(520);
});
