import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { columnsOf } from "../../src/cli/terminal/width.ts";
import { type Workspace, workspace } from "../rig/workspace.ts";
import { countEntries, fillCache, keysOf } from "./filled-cache.ts";
import { canMakeTerminal, onTerminal } from "./pty.ts";

async function filled(): Promise<Workspace> {
  const ws = await workspace();
  await fillCache(ws.resolve("cache"));
  return ws;
}

describe.runIf(canMakeTerminal)("on a terminal", () => {
  test("the list has a bold heading, short keys, and a sum", async () => {
    const ws = await filled();
    const [key = ""] = await keysOf(ws.resolve("cache"), "processData");

    const { code, text } = await onTerminal(["cache", "list"], { cwd: ws.path, columns: 120 });

    expect(code).toBe(0);
    const lines = text.trimEnd().split("\n");
    expect(lines[0]).toBe(`\x1b[1m${stripVTControlCharacters(lines[0] ?? "")}\x1b[22m`);
    expect(lines[0]).toMatch(/KEY +FUNCTION .* ARGUMENTS/);
    expect(text).toContain(`${key.slice(0, 12)}  processData`);
    expect(text).not.toContain(key);
    expect(lines.at(-1)).toBe("\x1b[2m5 entries\x1b[22m");
  });

  test("what the list leaves out is said", async () => {
    const ws = await filled();
    const { text } = await onTerminal(["cache", "list", "--limit", "2"], { cwd: ws.path, columns: 120 });
    expect(stripVTControlCharacters(text)).toMatch(/^2 of 5 entries$/m);
  });

  test.each([70, 80, 100])("of %d columns, no line is wider", async (columns) => {
    const ws = await filled();
    for (const args of [["list"], ["stats"]]) {
      const { text } = await onTerminal(["cache", ...args, "--dir", "cache"], { cwd: ws.path, columns });
      const table = stripVTControlCharacters(text)
        .split("\n")
        .filter((line) => !line.startsWith("folder"));
      for (const line of table) expect(columnsOf(line)).toBeLessThanOrEqual(columns);
    }
  });

  test.each([
    { how: "NO_COLOR", args: [], env: { NO_COLOR: "1" } },
    { how: "--no-color", args: ["--no-color"], env: {} },
    { how: "--no-color over FORCE_COLOR", args: ["--no-color"], env: { FORCE_COLOR: "1" } },
  ])("$how prints no styles", async ({ args, env }) => {
    const ws = await filled();
    const { text } = await onTerminal([...args, "cache", "stats"], { cwd: ws.path, columns: 100, env });
    expect(text).toMatch(/^entries {5}5$/m);
    expect(text).not.toContain("\x1b");
  });
});

describe.runIf(canMakeTerminal)("clear asks on a terminal", () => {
  test.each(["y\r", "YES\r"])("and goes ahead on %j", async (keys) => {
    const ws = await filled();
    const answer = { to: `Remove 5 entries from ${ws.resolve("cache")}? [y/N] `, keys };

    const { code, text } = await onTerminal(["cache", "clear"], { cwd: ws.path, columns: 200, answer });

    expect(code).toBe(0);
    expect(text).toMatch(/^removed 5 entries, /m);
    expect(await countEntries(ws.resolve("cache"))).toBe(0);
  });

  test.each([
    ["n", "n\r"],
    ["Return", "\r"],
    ["anything else", "yesterday\r"],
    ["Ctrl-C", "\x03"],
    ["Ctrl-D", "\x04"],
  ])("and removes nothing on %s", async (_name, keys) => {
    const ws = await filled();
    const answer = { to: "Remove 2 entries", keys };
    const args = ["cache", "clear", "--function", "runSimulation"];

    const { code, text } = await onTerminal(args, { cwd: ws.path, columns: 200, answer });

    expect(code).toBe(1);
    expect(text).toMatch(/^scalable: nothing was removed$/m);
    expect(await countEntries(ws.resolve("cache"))).toBe(5);
  });

  test("but not with --yes, nor where nothing would be removed", async () => {
    const ws = await filled();
    const none = await onTerminal(["cache", "clear", "--function", "nobody"], { cwd: ws.path, columns: 100 });
    const all = await onTerminal(["cache", "clear", "--yes"], { cwd: ws.path, columns: 100 });

    expect(none).toMatchObject({ code: 0, text: expect.stringMatching(/^removed 0 entries, 0 B\n$/) });
    expect(all).toMatchObject({ code: 0, text: expect.stringMatching(/^removed 5 entries, /) });
  });
});
