import { createHash, createSecretKey, webcrypto } from "node:crypto";
import { EventEmitter } from "node:events";
import { BlockList } from "node:net";
import { DatabaseSync } from "node:sqlite";
import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { digest, refusal } from "./digests.ts";

class Secret {
  readonly #value: number;
  constructor(value: number) {
    this.#value = value;
  }
  get value(): number {
    return this.#value;
  }
}
class Index extends Map<string, unknown> {}
function hiding<T extends object>(object: T): T {
  return Object.defineProperty(object, "hidden", { value: 1, enumerable: false });
}
class Derived extends Secret {
  x = 1;
}
class Counting extends Map<string, unknown> {
  #count = 0;
  count(): number {
    this.#count += 1;
    return this.#count;
  }
}
function* generator(): Generator<number> {
  yield 1;
}
async function* asyncGenerator(): AsyncGenerator<number> {
  yield 1;
}
const detached = new ArrayBuffer(8);
const detachedView = new Float64Array(detached);
structuredClone(detached, { transfer: [detached] });
const key = await webcrypto.subtle.generateKey({ name: "AES-GCM", length: 128 }, true, ["encrypt"]);

test.each<readonly [string, unknown, RegExp]>([
  ["a function", () => 1, /is a function/],
  ["a class", Secret, /is a function/],
  ["a symbol", Symbol("s"), /is a symbol/],
  ["a boxed symbol", new Object(Symbol("s")), /is a boxed symbol/],
  ["a promise", Promise.resolve(1), /is a promise: await it first/],
  ["a weak map", new WeakMap(), /is a weak collection/],
  ["a weak set", new WeakSet(), /is a weak collection/],
  ["a weak reference", new WeakRef({}), /is a weak collection/],
  ["a proxy", new Proxy({}, {}), /is a proxy/],
  [
    "a revoked proxy",
    (() => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      return proxy;
    })(),
    /is a proxy/,
  ],
  ["a generator", generator(), /is a generator/],
  ["an async generator", asyncGenerator(), /is a generator/],
  ["an iterator of a map", new Map().entries(), /is an iterator/],
  ["an iterator of an array", [1].values(), /whose prototype is not that of a class/],
  ["an object with a symbol as a key", { [Symbol("s")]: 1 }, /has a symbol as a property key/],
  ["an array with a symbol as a key", Object.assign([], { [Symbol("s")]: 1 }), /has a symbol as a property key/],
  ["a map with a symbol as a key", Object.assign(new Map(), { [Symbol("s")]: 1 }), /has a symbol as a property key/],
  [
    "an error with a symbol as a key",
    Object.assign(new Error("x"), { [Symbol("s")]: 1 }),
    /has a symbol as a property/,
  ],
  ["an object with a hidden property", hiding({}), /whose property "hidden" is hidden \(not enumerable\)/],
  ["an instance with a hidden property", hiding(new Index()), /whose property "hidden" is hidden/],
  ["an array with a hidden property", hiding([1]), /whose property "hidden" is hidden/],
  ["a long array with a hidden property", hiding(new Array(1000).fill(0)), /whose property "hidden" is hidden/],
  ["a long typed array with a hidden property", hiding(new Float64Array(1000)), /whose property "hidden" is hidden/],
  ["a date with a hidden property", hiding(new Date(0)), /whose property "hidden" is hidden/],
  ["a boxed string with a hidden property", hiding(new Object("ab") as object), /whose property "hidden" is hidden/],
  ["an error with a hidden property", hiding(new Error("x")), /whose property "hidden" is hidden/],
  ["the strings of a template", ((strings: TemplateStringsArray) => strings)`a`, /whose property "raw" is hidden/],
  ["a class with a private field", new Secret(1), /is an instance of Secret, which has private fields/],
  ["a class derived from one with a private field", new Derived(1), /is an instance of Secret, which has private/],
  ["a map with a private field", new Counting(), /is an instance of Counting, which has private fields/],
  ["a detached buffer", detached, /is a detached ArrayBuffer/],
  ["a view of a detached buffer", detachedView, /is a view of a detached ArrayBuffer/],
  ["an object that inherits values", Object.create({ x: 1 }), /whose prototype is not that of a class/],
  ["an object that inherits from an instance", Object.create(new Date()), /whose prototype is not that of a class/],
  [
    "an object that inherits from one without a prototype",
    Object.create(Object.assign(Object.create(null), { x: 1 })),
    /whose prototype is not that/,
  ],
  [
    "an object that only claims a class",
    Object.create({ constructor: Derived, x: 1 }),
    /whose prototype is not that of a class/,
  ],
  ["an array without its prototype", Object.setPrototypeOf([], null), /is a built-in object without its prototype/],
  ["a number format", new Intl.NumberFormat("de"), /is an instance of the native class NumberFormat/],
  ["a blob", new Blob(["x"]), /is an instance of the native class Blob/],
  ["a file", new File(["x"], "x"), /is an instance of the native class File/],
  ["headers", new Headers({ x: "1" }), /is an instance of the native class Headers/],
  ["a request", new Request("http://x/"), /is an instance of the native class Request/],
  ["an abort controller", new AbortController(), /is an instance of the native class AbortController/],
  ["an abort signal", new AbortController().signal, /is an instance of the native class AbortSignal/],
  ["an event", new Event("x"), /is an instance of the native class Event/],
  ["a web stream", new ReadableStream(), /is an instance of the native class ReadableStream/],
  ["a registry of finalizers", new FinalizationRegistry(() => undefined), /native class FinalizationRegistry/],
  ["a database", new DatabaseSync(":memory:"), /is an instance of the native class DatabaseSync/],
  ["a key object", createSecretKey(Buffer.from("x")), /is an instance of/],
  ["a web crypto key", key, /is an/],
  ["a running hash", createHash("sha256"), /is an/],
  ["a block list", new BlockList(), /is an/],
  ["a stream", Readable.from([1]), /is an/],
  ["an event emitter", new EventEmitter(), /is an/],
  ["the global object", globalThis, /is an/],
  ["Math", Math, /is an/],
])("refused: %s", (_what, value, reason) => {
  const error = refusal(value, "params");

  expect(error.message).toMatch(reason);
  expect(error.message).toMatch(/^No key can be made of the argument "params": params is .*defineType\.$/);
  expect(error).toMatchObject({ code: "E_ARGUMENT_UNHASHABLE", details: { parameter: "params", valuePath: "params" } });
});

const fn = (): number => 1;
const throwing = {
  get bad(): number {
    throw new Error("boom");
  },
};
const throwingElement = Object.defineProperty([1, 2, 3], 2, {
  get() {
    throw new Error("boom");
  },
});
const deep = Array.from({ length: 1_000 }).reduce<unknown>((inner) => ({ a: inner }), fn);

test.each<readonly [string, unknown, string]>([
  ["a property", { solver: { callback: fn } }, "params.solver.callback"],
  ["an element", [1, [2, fn]], "params[1][1]"],
  ["an element behind holes", Object.assign([], { 9: fn }), "params[9]"],
  ["a property that is no identifier", { "a b": { '"': fn } }, 'params["a b"]["\\""]'],
  ["a property with an empty name", { "": fn }, 'params[""]'],
  ["a property of an array", Object.assign([1], { x: fn }), "params.x"],
  ["a value of a map", new Map([["k", { f: fn }]]), 'params.get("k").f'],
  ["a value of a map whose key is an object", new Map([[{}, fn]]), "params.get(…)"],
  [
    "a key of a map",
    new Map<unknown, number>([
      [1, 1],
      [{ f: fn }, 2],
    ]),
    "params (key 2).f",
  ],
  ["a member of a set", new Set<unknown>([1, [fn]]), "params (member 2)[0]"],
  ["a value of an instance derived from a map", new Index([["k", fn]]), 'params.get("k")'],
  ["a property of an instance derived from a map", Object.assign(new Index([["k", 1]]), { x: fn }), "params.x"],
  ["the cause of an error", new Error("x", { cause: { f: fn } }), "params.cause.f"],
  ["an error among others", new AggregateError([new Error("x"), fn], "x"), "params.errors[1]"],
  ["a getter that throws", { deep: throwing }, "params.deep.bad"],
  ["an element that throws", [throwingElement], "params[0][2]"],
])("the error names the path: %s", (_what, value, path) => {
  const error = refusal(value, "params");

  expect(error.details).toEqual({ parameter: "params", valuePath: path });
  expect(error.message).toContain(` ${path} `);
});

test("a path of many steps is shortened", () => {
  const path = refusal(deep, "params").details.valuePath;

  expect(path).toBe(`params${".a".repeat(12)} … ${".a".repeat(12)}`);
});

test("an error that a getter throws is the cause", () => {
  const error = refusal(throwing);

  expect(error.message).toContain("reading value.bad failed: boom");
  expect(error.cause).toMatchObject({ message: "boom" });
});

test("a getter that starts to hash something itself is refused, and the next value is hashed as ever", () => {
  const nested = {
    get again(): string {
      return digest({ x: 1 });
    },
  };

  expect(refusal(nested).message).toMatch(/reading value.again failed: .*a getter started to hash another value/);
  expect(digest({ x: 1 })).toBe(digest({ x: 1 }));
});
