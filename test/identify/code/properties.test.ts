import fc from "fast-check";
import { expect, test } from "vitest";
import { PLAIN, type Printed, print, styleArb } from "./print-program.ts";
import { importsOf, programArb, reachedBy, redirected } from "./programs.ts";
import { Project } from "./project.ts";

/** Looking for a smaller counterexample ends at some time. */
const LIMITS = { interruptAfterTimeLimit: 30_000, markInterruptAsFailure: true } as const;

/** Digests of programs, each in the place of the one before. */
class Digests {
  readonly #project = new Project("project", {});

  ofPrinted({ files, root }: Printed): string {
    this.#project.change(files);
    return this.#project.closure(root).digest;
  }

  [Symbol.dispose](): void {
    this.#project.remove();
  }
}

test("how a program is written, named and put into files does not count", () => {
  using digests = new Digests();
  fc.assert(
    fc.property(programArb, styleArb, styleArb, (program, one, other) => {
      const [first, second] = [print(program, one), print(program, other)];
      expect(digests.ofPrinted(second), told(first, second)).toBe(digests.ofPrinted(first));
    }),
    { numRuns: 200, ...LIMITS },
  );
});

test("each literal that is reached counts, and no other", () => {
  using digests = new Digests();
  const met = { reached: 0, other: 0 };
  fc.assert(
    fc.property(programArb, (program) => {
      const before = print(program, PLAIN);
      const digest = digests.ofPrinted(before);
      const { surely, perhaps } = reachedBy(program);
      for (const { place, literals } of program.declarations) {
        if (perhaps.has(place) && !surely.has(place)) continue;
        met[surely.has(place) ? "reached" : "other"] += 1;
        for (const { id } of literals) {
          const after = print(program, PLAIN, id);
          expect(digests.ofPrinted(after) !== digest, told(before, after)).toBe(surely.has(place));
        }
      }
    }),
    { numRuns: 40, ...LIMITS },
  );
  expect(Math.min(met.reached, met.other)).toBeGreaterThan(10);
});

test("what a declaration refers to counts where it is reached, and nowhere else", () => {
  using digests = new Digests();
  const met = { reached: 0, other: 0 };
  fc.assert(
    fc.property(programArb, (program) => {
      const before = print(program, PLAIN);
      const digest = digests.ofPrinted(before);
      const { surely, perhaps } = reachedBy(program);
      for (const { place } of program.declarations) {
        const other = redirected(program, place);
        if (other === undefined) continue;
        // What is imported decides which statements are executed, and in which order.
        const sameImports = JSON.stringify(importsOf(other)) === JSON.stringify(importsOf(program));
        const isUnsure = perhaps.has(place) || reachedBy(other).perhaps.has(place) || !sameImports;
        if (!surely.has(place) && isUnsure) continue;
        met[surely.has(place) ? "reached" : "other"] += 1;
        const after = print(other, PLAIN);
        expect(digests.ofPrinted(after) !== digest, told(before, after)).toBe(surely.has(place));
      }
    }),
    { numRuns: 100, ...LIMITS },
  );
  expect(Math.min(met.reached, met.other)).toBeGreaterThan(5);
});

test("what is added beside a program does not count", () => {
  using digests = new Digests();
  fc.assert(
    fc.property(programArb, styleArb, fc.integer({ min: 1, max: 6 }), (program, style, additions) => {
      const [first, second] = [print(program, style), print(program, { ...style, additions })];
      expect(digests.ofPrinted(second), told(first, second)).toBe(digests.ofPrinted(first));
    }),
    { numRuns: 150, ...LIMITS },
  );
});

function told(...printed: readonly Printed[]): string {
  const files = printed.map(({ files }) => Object.entries(files).map(([file, text]) => `--- ${file}\n${text}`));
  return files.map((texts) => `\n${texts.join("\n")}`).join("\n=====\n");
}
