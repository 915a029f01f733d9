import { utimesSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import type { Closure } from "../../../src/identify/code/closure.ts";
import { Program } from "../../../src/identify/code/program.ts";
import type { DigestMemo } from "../../../src/identify/memo.ts";
import { type CodeCase, editedFiles } from "./corpus/case.ts";
import { TOPICS } from "./corpus/topics.ts";
import { type Files, Project } from "./project.ts";

/*
 * What was found out about code is remembered while the files that were looked at are as they were. Whatever is edited,
 * added or removed, the answer with a memo is that without one.
 */

const HOUR = 3_600_000;

/** Files that were just written are not believed, as another write could leave the same times. */
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.setSystemTime(Date.now() + HOUR);
});

afterEach(() => {
  vi.useRealTimers();
});

class Memo implements DigestMemo {
  readonly #records = new Map<string, Uint8Array>();
  recalled = 0;
  remembered = 0;

  recall(name: string): Uint8Array | undefined {
    const record = this.#records.get(name);
    if (record !== undefined) this.recalled += 1;
    return record;
  }

  remember(name: string, record: Uint8Array): void {
    this.remembered += 1;
    this.#records.set(name, record);
  }
}

let ticks = 0;

/** Changes a project, and what it writes gets times of its own, however fast that goes. */
function change(project: Project, before: Files, files: Files): void {
  project.change(files);
  ticks += 1;
  for (const [name, text] of Object.entries(files)) {
    if (text !== before[name]) utimesSync(project.resolve(name), ticks, ticks);
  }
}

function check({ name, root, rootAfter = root, files, links, edit }: CodeCase, memo: Memo): void {
  const project = new Project("project", files, links);
  onTestFinished(() => project.remove());
  const same = (at: string): void => {
    const fresh = project.closure(at);
    expect(project.closure(at, new Program(memo)), name).toEqual(fresh);
    const { remembered } = memo;
    expect(project.closure(at, new Program(memo)), name).toEqual(fresh);
    expect(memo.remembered, `${name}: the second answer is remembered`).toBe(remembered);
  };
  const edited = editedFiles({ name, files, edit } as CodeCase);

  same(root);
  change(project, files, edited);
  same(rootAfter);
  change(project, edited, files);
  same(root);
}

describe("a memo never answers for what was edited", () => {
  test.each(Object.entries(TOPICS))("%s", { timeout: 120_000 }, (_topic, cases) => {
    const memo = new Memo();
    for (const it of cases) check(it, memo);
    expect(memo.recalled).toBeGreaterThan(cases.length);
  });
});

test("two functions of one process are found as each of them alone", () => {
  const memo = new Memo();
  const program = new Program(memo);
  const source = (name: string): string => `import { cacheable } from "scalable";
import { help } from "./lib.ts";
export const ${name} = cacheable({}, async function ${name}(x: number) { return help(x); });`;
  const project = new Project("project", {
    "one.ts": source("one"),
    "two.ts": source("two"),
    "lib.ts": "export const help = (a: number) => a * 2;",
  });
  onTestFinished(() => project.remove());

  const together = ["one.ts#one", "two.ts#two"].map((root) => project.closure(root, program));
  const alone = ["one.ts#one", "two.ts#two"].map((root): Closure => project.closure(root));

  expect(together).toEqual(alone);
});

test("a file that was just written is not remembered", () => {
  vi.useRealTimers();
  const memo = new Memo();
  const project = new Project("project", { "model.ts": MODEL });
  onTestFinished(() => project.remove());

  project.closure("model.ts#run", new Program(memo));

  expect(memo.remembered).toBe(0);
});

test("a damaged record is computed again", () => {
  const project = new Project("project", { "model.ts": MODEL });
  onTestFinished(() => project.remove());
  const fresh = project.closure("model.ts#run");
  const damaged: DigestMemo = { recall: () => new TextEncoder().encode('{"witnesses":['), remember: () => undefined };

  expect(project.closure("model.ts#run", new Program(damaged))).toEqual(fresh);
});

const MODEL = `import { cacheable } from "scalable";
export const run = cacheable({}, async function run(x: number) { return x; });`;
