import { Cache, cacheable, type TypeSpec } from "scalable";
import * as v from "valibot";
import { expect, test } from "vitest";
import * as z from "zod";
import { resolveType } from "../../../src/identify/types/resolve.ts";

const SITE = { functionName: "run", parameter: "x" };

async function coerce(spec: TypeSpec, value: unknown): Promise<unknown> {
  return resolveType(spec, "args.x").coerce(value, SITE);
}

const later = async (value: number): Promise<boolean> => Promise.resolve(value > 0);

test.each<readonly [string, TypeSpec, unknown, unknown]>([
  ["Zod", z.object({ year: z.coerce.number() }), { year: "2050", more: 1 }, { year: 2050 }],
  ["Zod, with a default", z.object({ year: z.number().default(2050) }), {}, { year: 2050 }],
  ["Zod, transforming", z.string().transform((text) => text.length), "four", 4],
  ["Zod, async", z.number().refine(later), 1, 1],
  ["Valibot", v.object({ year: v.pipe(v.string(), v.transform(Number)) }), { year: "2050" }, { year: 2050 }],
  ["Valibot, async", v.pipeAsync(v.number(), v.checkAsync(later)), 1, 1],
  ["a schema within a type", { a: [z.coerce.number()] }, { a: ["1"] }, { a: [1] }],
  [
    "an async schema within a type",
    { a: [z.number().refine(later)], b: z.number().refine(later) },
    { a: [1], b: 2 },
    { a: [1], b: 2 },
  ],
])("the output of the validation is taken: %s", async (_what, spec, value, expected) => {
  expect(await coerce(spec, value)).toStrictEqual(expected);
});

test("a validation that need not wait does not", () => {
  expect(resolveType(z.coerce.number(), "args.x").coerce("1", SITE)).toBe(1);
  expect(resolveType(v.number(), "args.x").coerce(1, SITE)).toBe(1);
});

test.each<readonly [string, TypeSpec, unknown, RegExp]>([
  [
    "Zod",
    z.object({ year: z.number() }),
    { year: "x" },
    /"x" does not satisfy its schema: year: .*number.* \(it is \{ year: 'x' \}\)/,
  ],
  ["Zod, two issues", z.object({ a: z.number(), b: z.object({ c: z.number() }) }), { b: {} }, /a: .*; b\.c: /],
  [
    "Zod, async",
    z.number().refine(later, "must be positive"),
    -1,
    /"x" does not satisfy its schema: must be positive \(it is -1\)/,
  ],
  ["Valibot", v.object({ year: v.number() }), { year: "x" }, /"x" does not satisfy its schema: year: .*number/],
  ["Valibot, async", v.pipeAsync(v.number(), v.checkAsync(later, "must be positive")), -1, /must be positive/],
  ["a schema within a type", { a: [z.number()] }, { a: [1, "x"] }, /"x\.a\[1\]" does not satisfy its schema/],
])("what does not satisfy it is refused: %s", async (_what, spec, value, message) => {
  const attempt = coerce(spec, value);
  await expect(attempt).rejects.toThrow(message);
  await expect(attempt).rejects.toMatchObject({ name: "ScalableError", code: "E_ARGUMENT_TYPE" });
});

test("two inputs with one output are one call, with a sync and with an async schema", async () => {
  const fn = (x: unknown): unknown => x;
  for (const schema of [z.coerce.number(), z.coerce.number().refine(later)]) {
    const cached = cacheable({ cache: new Cache("unused"), code: "name", name: "f", args: { x: schema } }, fn);
    expect(await cached.key("42")).toBe(await cached.key(42));
    expect(await cached.key(43)).not.toBe(await cached.key(42));
  }
});

test("what a validation throws reaches the caller", async () => {
  const broken = z.number().refine(() => {
    throw new RangeError("broken");
  });
  const cached = cacheable({ cache: new Cache("unused"), name: "broken", args: { x: broken } }, (x: unknown) => x);

  await expect(cached.key(1)).rejects.toThrow(new RangeError("broken"));
});

test("a result is tested by validating it, and stays what it is", async () => {
  const type = resolveType(z.coerce.number(), "returnType");
  expect(await type.accepts("42")).toBe(true);
  expect(await type.accepts("x")).toBe(false);
  expect(await resolveType(z.number().refine(later), "returnType").accepts(-1)).toBe(false);
});
