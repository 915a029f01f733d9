import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, type TestContext, test } from "vitest";
import { slurm } from "../rig/slurm.ts";
import { inTermsOf, linesOf } from "./output.ts";
import { pageOf, runPages } from "./pages.ts";
import { commandsOf, planOf, type Step } from "./plan.ts";
import { type Ended, hasTerminal, inRepository, Reader, ROOT } from "./reader.ts";

const manifest = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8")) as {
  readonly name: string;
  readonly version: string;
  readonly scripts: object;
};
const withBlocks = runPages.filter((file) => pageOf(file).sections.some(({ blocks }) => blocks.length > 0));

describe.each(withBlocks)("%s", (file) => {
  for (const section of pageOf(file).sections) {
    const steps = planOf(section);
    const run = steps.filter((step) => step.kind !== "not run");
    for (const { block, reason } of steps.filter((step) => step.kind === "not run")) {
      test(`line ${block.line} is not run: ${reason}`, () => {
        expect(reason).toMatch(/\w{2,} \w{2,}/);
      });
    }
    if (run.length === 0) continue;
    const blocks = run.length === 1 ? "1 block does" : `${run.length} blocks do`;
    test.concurrent(`${section.title}: ${blocks} what the page says`, { timeout: 300_000 }, async (context) => {
      const env = await envOf(section.needs, context);
      await inFolder(env, async (folder) => {
        for (const step of run) await carryOut(step, folder, `${file}:${step.block.line}`);
      });
    });
  }
});

type Env = Readonly<Record<string, string>>;

/** Where the server is that a section needs; skips the test where this machine can have none. */
async function envOf(needs: string | undefined, context: TestContext): Promise<Env> {
  if (needs === undefined) return {};
  if (needs !== "slurm") throw new Error(`There is no server "${needs}" for blocks.`);
  const { cluster, unavailable } = await slurm();
  return cluster?.env ?? context.skip(`Slurm: ${unavailable}`);
}

async function inFolder(env: Env, use: (folder: Reader) => Promise<void>): Promise<void> {
  const folder = await Reader.create(env);
  try {
    await use(folder);
  } finally {
    await folder.remove();
  }
}

/** @param at - where the block stands, for failures. */
async function carryOut(step: Step, folder: Reader, at: string): Promise<void> {
  const { text } = step.block;
  switch (step.kind) {
    case "write":
      await folder.workspace.write(step.file, text);
      return;
    case "module": {
      const { file, output } = step;
      if (file === undefined)
        await inFolder({}, async (own) => printed(await own.module("example.ts", text), output, at));
      else printed(await folder.module(file, text), output, at);
      return;
    }
    case "shell": {
      const ended = await folder.shell(text);
      // Without a terminal, commands print what programs read.
      if (hasTerminal) printed(ended, step.output, at);
      else expect(ended.code, `exit code of ${at}`).toBe(0);
      return;
    }
    case "output":
      printed(await inRepository(step.command), text, at);
      return;
    case "npm":
      for (const command of commandsOf(text)) {
        expect(isNpmCommand(command), `${at}: "${command}" is not a command or script of npm`).toBe(true);
      }
      return;
    case "not run":
      return;
  }
}

function printed({ code, screen }: Ended, expected: string, at: string): void {
  expect(inTermsOf(expected, screen), `what ${at} prints`).toBe(linesOf(expected).join("\n"));
  expect(code, `exit code of ${at}`).toBe(0);
}

/** A command that npm itself has, about this package, or a script of this package. */
function isNpmCommand(command: string): boolean {
  const [, verb = "", what] = command.split(/\s+/);
  if (verb === "run") return what !== undefined && Object.hasOwn(manifest.scripts, what);
  if (verb === "test") return Object.hasOwn(manifest.scripts, "test");
  if (verb === "install") return what?.endsWith(`/${manifest.name}-${manifest.version}.tgz`) === true;
  return ["ci", "pack", "init", "pkg"].includes(verb);
}
