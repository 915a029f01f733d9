import fc from "fast-check";
import { expect, test } from "vitest";
import { ScalableError } from "../../src/errors.ts";
import { digest, encoding, SEED } from "./digests.ts";
import { build, graphArb, grow, treeArb, varied } from "./graphs.ts";
import { seededHash, value } from "./reference.ts";
import { same } from "./same.ts";

const anything = fc.anything({
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
  stringUnit: "binary",
});

test("the encoding is that of the document, byte for byte", () => {
  fc.assert(
    fc.property(graphArb, (graph) => {
      expect(encoding(build(graph)).toString("hex")).toBe(value(build(graph)).toString("hex"));
    }),
    { numRuns: 3_000 },
  );
  fc.assert(
    fc.property(anything, (any) => {
      expect(encoding(any).toString("hex")).toBe(value(any).toString("hex"));
    }),
    { numRuns: 2_000 },
  );
});

test("the digest is that of the document, for any seed", async () => {
  const H = await seededHash(SEED);
  fc.assert(
    fc.property(anything, (any) => {
      expect(digest(any)).toBe(H(value(any)).toString("hex"));
    }),
    { numRuns: 1_000 },
  );
});

test("two values share a digest only where they are the same, and a copy of a value always has its digest", () => {
  const met = { same: 0, different: 0 };
  fc.assert(
    fc.property(fc.array(graphArb, { minLength: 8, maxLength: 8 }), fc.nat(), fc.nat(), (graphs, place, by) => {
      const values = [...graphs, ...graphs, ...graphs.map((graph) => varied(graph, place, by))].map(build);
      const digests = values.map(digest);
      expect(digests.slice(8, 16)).toEqual(digests.slice(0, 8));
      values.forEach((one, i) => {
        for (let j = 0; j < i; j += 1) {
          if (digests[i] !== digests[j]) met.different += 1;
          else {
            met.same += 1;
            expect(same(one, values[j])).toBe(true);
          }
        }
      });
    }),
    { numRuns: 400 },
  );
  // Beyond the copies, chance made equal values, and it made different ones.
  expect(met.same).toBeGreaterThan(400 * 8);
  expect(met.different).toBeGreaterThan(400 * 8);
});

test("two values without sets and maps share a digest whenever they are the same", () => {
  const plain = graphArb.filter(({ nodes }) => nodes.every(({ kind }) => !/set|group|map|registry/.test(kind)));
  fc.assert(
    fc.property(fc.array(plain, { minLength: 12, maxLength: 12 }), (graphs) => {
      const values = graphs.map(build);
      values.forEach((one, i) => {
        for (const other of values.slice(0, i)) expect(digest(one) === digest(other)).toBe(same(one, other));
      });
    }),
    { numRuns: 400 },
  );
});

test("the order of properties, of members of sets and of entries of maps does not count", () => {
  fc.assert(
    fc.property(
      treeArb((key) => digest(new Set([grow(key)]))),
      fc.array(fc.nat(), { minLength: 4, maxLength: 4 }),
      (tree, ranks) => {
        const shuffled = grow(tree, (members) => {
          const ranked = members.map((member, place) => ({ member, rank: ranks[place % ranks.length] ?? 0 }));
          return ranked.sort((a, b) => a.rank - b.rank).map(({ member }) => member);
        });
        const reversed = grow(tree, (members) => [...members].reverse());
        expect(digest(shuffled)).toBe(digest(grow(tree)));
        expect(digest(reversed)).toBe(digest(grow(tree)));
      },
    ),
    { numRuns: 2_000 },
  );
});

test("a value is encoded or refused with a ScalableError, whatever it is", () => {
  const thrown = fc.constantFrom(new Error("no"), "no", undefined, Symbol("no"), Object.create(null) as unknown, {
    get message() {
      throw new Error("not even this");
    },
  });
  const hostile = fc.oneof(
    thrown.map((error) =>
      Object.defineProperty({}, "a", {
        enumerable: true,
        get: () => {
          throw error;
        },
      }),
    ),
    thrown.map((error) =>
      Object.defineProperty([1], 0, {
        enumerable: true,
        get: () => {
          throw error;
        },
      }),
    ),
    thrown.map(
      (error) =>
        new Proxy(
          {},
          {
            getPrototypeOf: () => {
              throw error;
            },
          },
        ),
    ),
    thrown.map(
      (error) =>
        Object.create(
          new Proxy(
            {},
            {
              getOwnPropertyDescriptor: () => {
                throw error;
              },
            },
          ),
        ) as unknown,
    ),
    thrown.map((error) =>
      Object.defineProperty(new Error("a"), "message", {
        get: () => {
          throw error;
        },
      }),
    ),
    thrown.map(
      (error) =>
        Object.create({
          get constructor() {
            throw error;
          },
        }) as unknown,
    ),
    fc.constantFrom(() => 1, Symbol("a"), Promise.resolve(), new WeakMap(), Object.create(Date.prototype) as unknown),
    fc.constantFrom(Object.create(URL.prototype) as unknown, Object.create(Number.prototype) as unknown, globalThis),
    fc.constantFrom(Object.setPrototypeOf([], null) as unknown, Object.setPrototypeOf(new Map(), null) as unknown),
    fc.constantFrom({ [Symbol("a")]: 1 }, Object.assign(new Date(), { constructor: null }), Reflect, import.meta),
  );
  const met = { encoded: 0, refused: 0 };
  fc.assert(
    fc.property(fc.oneof(hostile, anything), anything, (worst, other) => {
      for (const value of [
        worst,
        [other, worst],
        { worst },
        new Map([[other, worst]]),
        new Map([[worst, 1]]),
        new Set([worst, other]),
      ]) {
        try {
          expect(digest(value)).toMatch(/^[0-9a-f]{32}$/);
          met.encoded += 1;
        } catch (error) {
          expect(error).toBeInstanceOf(ScalableError);
          expect(error).toMatchObject({ code: "E_ARGUMENT_UNHASHABLE", details: { parameter: "value" } });
          met.refused += 1;
        }
      }
    }),
    { numRuns: 1_000 },
  );
  expect(met.encoded).toBeGreaterThan(1_000);
  expect(met.refused).toBeGreaterThan(1_000);
});
