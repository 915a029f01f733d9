import { cacheable, FileType, Ignore } from "scalable";
import { beforeEach, expect, test } from "vitest";
import { ownCache, said, settled } from "./own-cache.ts";

const own = ownCache();

const warm = cacheable(async function warm() {
  return 1;
});

beforeEach(async () => {
  // From here on the hash is there, and a call begins before it returns to its caller.
  await warm();
});

test("an instance is passed as it is; where it changes, the result is not stored, with one warning", async () => {
  const lines = said();
  class Model {
    factor = 2;
  }
  const read = cacheable(async function read(model: Model) {
    await settled();
    return [model instanceof Model, model.factor];
  });
  const model = new Model();

  const call = read(model);
  model.factor = 3;

  expect(await call).toEqual([true, 3]);
  expect(await read(new Model())).toEqual([true, 2]);
  expect(await read(new Model())).toEqual([true, 2]);
  expect(lines).toEqual([expect.stringMatching(/read was not stored: its argument "model" was changed/)]);
});

test("a method that changes its own object is not stored either", async () => {
  const lines = said();
  class Counting {
    runs = 0;
    readonly next = 1;
  }
  const step = cacheable(async function step(this: Counting) {
    this.runs += this.next;
    return this.runs;
  });

  expect([await step.call(new Counting()), await step.call(new Counting())]).toEqual([1, 1]);
  expect(await step.has.call(new Counting())).toBe(false);
  expect(lines).toEqual([expect.stringMatching(/its argument "this" was changed/)]);
});

test("ignored arguments, and ignored parts of one, are the caller's own", async () => {
  const cached = cacheable(
    { args: { x: Number, log: Ignore, job: { stats: Ignore, year: Number }, rest: [Ignore] } },
    async function reporting(
      x: number,
      log: string[],
      job: { stats: { runs: number }; year: number },
      ...rest: string[][]
    ) {
      log.push("ran");
      for (const list of rest) list.push("ran");
      job.stats.runs += 1;
      return x + job.year;
    },
  );
  const [log, other, stats] = [[] as string[], [] as string[], { runs: 0 }];

  expect(await cached(1, log, { stats, year: 2030 }, other)).toBe(2031);
  expect(await cached(1, [], { stats: { runs: 5 }, year: 2030 }, [])).toBe(2031);

  expect([log, other, stats]).toEqual([["ran"], ["ran"], { runs: 1 }]);
});

test("the caller changes an instance while a file is read for the key", async () => {
  const lines = said();
  class Params {
    x = 1;
  }
  const file = await own.ws.write("config.json", "{}");
  const cached = cacheable(
    { args: { _config: FileType, p: Params } },
    async function instanced(_config: string, p: Params) {
      return p.x;
    },
  );

  const argument = new Params();
  const call = cached(file, argument);
  argument.x = 2;

  expect(await call).toBe(2);
  expect(await cached(file, new Params())).toBe(1);
  expect(lines).toEqual([expect.stringMatching(/instanced was not stored: its argument "p" was changed/)]);
});
