import fc from "fast-check";

/*
 * Values of all kinds that come back from a store as they went in, with objects that are reached on several ways.
 */

const APART = 64 * 1024;

const numberArb = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(-0, Number.NaN, 2 ** 53, -(2 ** 31), 1e-320));
const textArb = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("", "\0", "\ud800", "é", "__proto__"));

type ViewType = {
  new (buffer: ArrayBuffer, offset: number, length: number): ArrayBufferView;
  readonly BYTES_PER_ELEMENT?: number;
};

const viewArb: fc.Arbitrary<ArrayBufferView> = fc
  .tuple(
    fc.constantFrom<ViewType[]>(
      ...[Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array],
      ...[Float32Array, Float64Array, BigInt64Array, BigUint64Array, DataView],
    ),
    fc.uint8Array({ maxLength: 32 }),
    fc.nat(3),
    // Now and then as long as what is kept apart.
    fc.constantFrom(0, 0, 0, 0, 0, APART - 8, APART, APART + 8),
  )
  .map(([type, content, offset, more]) => {
    const size = type.BYTES_PER_ELEMENT ?? 1;
    const elements = Math.floor((content.length + more) / size);
    const buffer = new ArrayBuffer((offset + elements + 1) * size);
    new Uint8Array(buffer).set(content.subarray(0, buffer.byteLength));
    return new type(buffer, offset * size, elements);
  });

const errorArb: fc.Arbitrary<Error> = fc
  .tuple(fc.constantFrom(Error, TypeError, RangeError, SyntaxError, URIError, EvalError, ReferenceError), textArb)
  .map(([type, message]) => new type(message));

const leafArb: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 5, arbitrary: numberArb },
  { weight: 5, arbitrary: textArb },
  fc.bigInt(),
  fc.boolean(),
  fc.constantFrom(null, undefined),
  fc.date({ noInvalidDate: false }),
  fc.constantFrom(/a/, /[b-d]+/giu, /(?<year>\d+)/d).map((pattern) => new RegExp(pattern)),
  viewArb,
  fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
  fc.uint8Array({ maxLength: 8 }).map((bytes) => bytes.slice().buffer),
  errorArb,
  fc.oneof(numberArb, textArb, fc.bigInt(), fc.boolean()).map((primitive) => new Object(primitive)),
);

interface Grown {
  readonly value: unknown;
  /** Whether it can be in a Map or Set. */
  readonly addressed: boolean;
}

const plain = (value: unknown): Grown => ({ value, addressed: false });

const { grown } = fc.letrec<{ grown: Grown }>((tie) => {
  const member = tie("grown");
  const values = fc.array(member, { maxLength: 5 });
  const addressed = (members: readonly Grown[]): boolean => members.some((one) => one.addressed);
  const only = (members: readonly Grown[]): unknown[] =>
    members.filter((one) => !one.addressed).map(({ value }) => value);
  const record = fc.uniqueArray(fc.tuple(textArb, member), { maxLength: 5, selector: ([key]) => key });
  const object = (into: object, members: readonly (readonly [string, Grown])[]): object => {
    for (const [key, { value }] of members) {
      Object.defineProperty(into, key, { value, enumerable: true, configurable: true, writable: true });
    }
    return into;
  };
  return {
    grown: fc.oneof(
      { maxDepth: 4, depthIdentifier: "value" },
      leafArb.map(plain),
      values.map((all) => ({ value: all.map(({ value }) => value), addressed: addressed(all) })),
      // Each object twice, and one of them in itself.
      values.map((all) => {
        const list: unknown[] = all.flatMap(({ value }) => [value, value]);
        list.push(list);
        return { value: list, addressed: addressed(all) };
      }),
      values.map((all) => {
        const sparse: unknown[] = [];
        for (const [place, { value }] of all.entries()) sparse[place * 2 + 1] = value;
        return { value: Object.assign(sparse, { named: all.length, "-1": 0 }), addressed: addressed(all) };
      }),
      record.map((all) => ({ value: object({}, all), addressed: addressed(all.map(([, one]) => one)) })),
      record.map((all) => ({ value: object(Object.create(null) as object, all), addressed: true })),
      values.map((all) => plain(new Set(only(all)))),
      fc
        .array(fc.tuple(member, member), { maxLength: 4 })
        .map((all) =>
          plain(
            new Map(
              all.filter(([key, one]) => !key.addressed && !one.addressed).map(([key, one]) => [key.value, one.value]),
            ),
          ),
        ),
      values.map((all) => plain(new RangeError("outer", { cause: only(all) }))),
    ),
  };
});

export const storableArb: fc.Arbitrary<unknown> = grown.map(({ value }) => value);
