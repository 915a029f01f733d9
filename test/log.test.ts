import { cacheable } from "scalable";
import { afterEach, expect, test, vi } from "vitest";
import { debug, info, type LogLevel, logLevel, warnOnce } from "../src/log.ts";
import { ownCache, said } from "./cacheable/own-cache.ts";

ownCache();

afterEach(() => {
  vi.unstubAllEnvs();
});

test.each<[string | undefined, LogLevel]>([
  [undefined, "warn"],
  ["", "warn"],
  ["silent", "silent"],
  ["error", "error"],
  ["warn", "warn"],
  ["info", "info"],
  ["debug", "debug"],
  ["verbose", "warn"],
  ["INFO", "warn"],
])("SCALABLE_LOG_LEVEL=%s is %s", (value, level) => {
  vi.stubEnv("SCALABLE_LOG_LEVEL", value);

  expect(logLevel()).toBe(level);
});

test.each<[LogLevel, string[]]>([
  ["silent", []],
  ["error", []],
  ["warn", ["warning"]],
  ["info", ["warning", "info"]],
  ["debug", ["warning", "info", "debug"]],
])("at the level %s", (level, expected) => {
  const lines = said();
  vi.stubEnv("SCALABLE_LOG_LEVEL", level);

  warnOnce(`subject at ${level}`, "cause", "said");
  info("said");
  debug(() => "said");

  expect(lines).toEqual(expected.map((word) => `scalable: ${word}: said`));
});

test("a text for debug is made only where it is said", () => {
  said();
  const text = vi.fn(() => "costly");

  debug(text);
  expect(text).not.toHaveBeenCalled();
  vi.stubEnv("SCALABLE_LOG_LEVEL", "debug");
  debug(text);

  expect(text).toHaveBeenCalledOnce();
});

test("a warning is said once for each pair of subject and cause", () => {
  const lines = said();

  for (const [subject, cause] of [
    ["a", "x"],
    ["a", "x"],
    ["a", "y"],
    ["b", "x"],
    ["b", "x"],
  ] as const) {
    warnOnce(subject, cause, `${subject} ${cause}`);
  }

  expect(lines).toEqual(["a x", "a y", "b x"].map((text) => `scalable: warning: ${text}`));
});

test("a warning that was not said at a lower level can be said later", () => {
  const lines = said();

  vi.stubEnv("SCALABLE_LOG_LEVEL", "silent");
  warnOnce("later", "cause", "first");
  vi.stubEnv("SCALABLE_LOG_LEVEL", "warn");
  warnOnce("later", "cause", "second");

  expect(lines).toEqual(["scalable: warning: second"]);
});

test("a function warns once for each cause, whatever its arguments", async () => {
  const lines = said();
  const several = cacheable(async function several(kind: string, x: number) {
    return kind === "function" ? () => x : Symbol(kind);
  });
  const refusing = several.with({ checkOutput: () => false });

  for (const x of [1, 2, 3]) {
    await several("function", x);
    await several("symbol", x);
    await refusing("function", x);
  }

  expect(lines).toHaveLength(2);
  expect(lines[0]).toContain("several was not stored: it is a function");
  expect(lines[1]).toContain("several was not stored: checkOutput refused it");
});

test("silent says nothing, and changes no result", async () => {
  const lines = said();
  vi.stubEnv("SCALABLE_LOG_LEVEL", "silent");
  const quiet = cacheable({ returnType: Number }, async function quiet() {
    return "text";
  });

  expect(await quiet()).toBe("text");
  expect(lines).toEqual([]);
});

test("info tells who is waited for", async () => {
  const lines = said();
  vi.stubEnv("SCALABLE_LOG_LEVEL", "info");
  const gate = Promise.withResolvers<void>();
  const slow = cacheable(async function slow() {
    await gate.promise;
    return 1;
  });

  const calls = [slow(), slow.recompute()];
  gate.resolve();
  await Promise.all(calls);

  expect(lines).toEqual([expect.stringMatching(/^scalable: info: slow is being computed/)]);
});
