import { Cache, cacheable, defineType, ScalableError } from "scalable";
import { expect, test } from "vitest";
import { resolveType } from "../../../src/identify/types/resolve.ts";

class Grid {
  readonly #cells: readonly number[];
  constructor(cells: readonly number[]) {
    this.#cells = cells;
  }
  get cells(): readonly number[] {
    return this.#cells;
  }
}

const GridType = defineType<Grid>({
  name: "Grid",
  is: (value): value is Grid => value instanceof Grid,
  coerce(value) {
    if (!Array.isArray(value)) throw new RangeError("cells are needed");
    return new Grid(value);
  },
  identify: (grid) => grid.cells,
});
const SITE = { functionName: "run", parameter: "x" };

const options = { cache: new Cache("unused"), code: "name", name: "f" } as const;
const fn = (x: unknown): unknown => x;

test("a value is identified by what its type says", async () => {
  const typed = cacheable({ ...options, args: { x: GridType } }, fn);
  const untyped = cacheable(options, fn);

  expect(await typed.key(new Grid([1, 2]))).toBe(await typed.key(new Grid([1, 2])));
  expect(await typed.key(new Grid([1, 2]))).toBe(await typed.key([1, 2]));
  expect(await typed.key(new Grid([1, 2]))).not.toBe(await typed.key(new Grid([2, 1])));
  await expect(untyped.key(new Grid([1]))).rejects.toMatchObject({ code: "E_ARGUMENT_UNHASHABLE" });
});

test("types of two names make two keys", async () => {
  const Other = defineType({ ...GridType.definition, name: "Other" });

  const keys = [GridType, Other].map((x) => cacheable({ ...options, args: { x } }, fn).key(new Grid([1])));
  expect(await keys[0]).not.toBe(await keys[1]);
});

test("without identify, the value itself counts", async () => {
  const Point = defineType<{ x: number }>({
    name: "Point",
    is: (value): value is { x: number } => typeof value === "object",
  });
  const cached = cacheable({ ...options, args: { x: Point } }, fn);

  expect(await cached.key({ x: 1 })).toBe(await cached.key({ x: 1 }));
  expect(await cached.key({ x: 1 })).not.toBe(await cached.key({ x: 2 }));
});

test("what cannot be coerced is refused, with the reason as its cause", () => {
  const coerce = (): unknown => resolveType(GridType, "args.x").coerce("cells", SITE);

  expect(coerce).toThrow(`run: the argument "x" must be a Grid, but is 'cells'.`);
  expect(coerce).toThrow(
    expect.objectContaining({ code: "E_ARGUMENT_TYPE", details: SITE, cause: new RangeError("cells are needed") }),
  );
});

test("without coerce, only values of the type are taken", () => {
  const Strict = defineType<Grid>({ name: "Grid", is: (value): value is Grid => value instanceof Grid });
  const grid = new Grid([]);

  expect(resolveType(Strict, "args.x").coerce(grid, SITE)).toBe(grid);
  expect(() => resolveType(Strict, "args.x").coerce([], SITE)).toThrow(ScalableError);
});

test("an identity that has no encoding is refused with the name of the parameter", async () => {
  const Bad = defineType<Grid>({ ...GridType.definition, identify: () => ({ callback: () => 1 }) });
  const cached = cacheable({ ...options, args: { x: Bad } }, fn);

  await expect(cached.key([1])).rejects.toMatchObject({
    code: "E_ARGUMENT_UNHASHABLE",
    details: { parameter: "x", valuePath: "x.callback" },
  });
});

test("what identify throws reaches the caller", async () => {
  const Broken = defineType<Grid>({
    ...GridType.definition,
    identify() {
      throw new RangeError("no identity");
    },
  });

  await expect(cacheable({ ...options, args: { x: Broken } }, fn).key([1])).rejects.toThrow(
    new RangeError("no identity"),
  );
});
