// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the manifest's own
import { afterEach, expect, test, vi } from "vitest";
import { resolveTarget } from "../../src/manifest/manifest.ts";
import { HEAD, manifestOf, problemsOf } from "./manifest-file.ts";

afterEach(() => vi.unstubAllEnvs());

const task = (retries: string) => `${HEAD}components: {a: }\ntasks: {t: {component: a, retries: ${retries}}}\n`;

async function retriesOf(retries: string) {
  return resolveTarget(await manifestOf(task(retries))).tasks.get("t")?.retries;
}

test.each([
  ["3", { max: 3 }],
  ["{max: 3}", { max: 3 }],
  ["{max: 3, memory: 2x}", { max: 3, memoryFactor: 2 }],
  ["{max: 3, walltime: 1.5X}", { max: 3, walltimeFactor: 1.5 }],
  ["{max: 3, memory: 2, walltime: 10}", { max: 3, memoryFactor: 2, walltimeFactor: 10 }],
  [
    '{max: 3, backoff: 10s, memory: "${N}x", walltime: "${N}"}',
    { max: 3, backoffMs: 10_000, memoryFactor: 4, walltimeFactor: 4 },
  ],
])("retries: %s", async (written, retries) => {
  vi.stubEnv("N", "4");
  expect(await retriesOf(written)).toEqual(retries);
});

test.each(["1x", "1", "0.5x", "-2", "10.1x", "11", "x", "2", "2y", "2 x", "2x2x", "1e1x", "big", "true", "[2x]", ""])(
  "a factor of %j is a bad value",
  async (factor) => {
    // As a text, 2 has no x.
    const written = factor === "2" ? '"2"' : factor;
    for (const key of ["memory", "walltime"]) {
      const [problem, ...more] = await problemsOf(task(`{max: 1, ${key}: ${written}}`));
      expect(more).toEqual([]);
      expect(problem).toMatchObject({ code: "E_BAD_VALUE", line: 4 });
      expect(problem?.message).toMatch(
        new RegExp(
          `^tasks\\.t\\.retries\\.${key} is .*, but must be a factor above 1 and up to 10, such as 2x or 1\\.5x\\.$`,
        ),
      );
    }
  },
);
