import { cacheable } from "scalable";
import { expect, test } from "vitest";
import { z } from "zod";
import { workspace } from "../rig/workspace.ts";
import { ownCache, settled } from "./own-cache.ts";

const own = ownCache();

test("the first call of a process: changes while the hash is loading do not count", async () => {
  const ws = await workspace();
  await ws.write(
    "cold.ts",
    `import { cacheable, Ignore } from "scalable";
     const describe = cacheable(async function describe(this: { id: number }, params: { x: number }, list: number[]) {
       return [this.id, params.x, list];
     });
     const ignoring = cacheable({ args: { x: undefined, log: Ignore, rest: [Ignore] } }, async function ignoring(x: object, log: string[], ...rest: string[][]) {
       log.push("ran");
       rest[0]?.push("ran");
       return x;
     });
     const [self, params, list, x, log, other] = [{ id: 1 }, { x: 1 }, [1], { v: 1 }, [], []] as any[];
     const call = describe.call(self, params, list);
     const second = ignoring(x, log, other);
     self.id = 2; params.x = 2; list.push(2); x.v = 2;
     const stored = async () => [await describe.call({ id: 1 }, { x: 1 }, [1]), await ignoring({ v: 1 }, [], [])];
     console.log(JSON.stringify({ computed: [await call, await second], stored: await stored(), log, other }));`,
  );

  const { stdout, stderr } = await ws.run("cold.ts");

  expect(stderr).toBe("");
  const both = [[1, 1, [1]], { v: 1 }];
  expect(JSON.parse(stdout)).toEqual({ computed: both, stored: both, log: ["ran"], other: ["ran"] });
});

test("the first call of a process with an instance: key and result belong together", async () => {
  const ws = await workspace();
  await ws.write(
    "cold.ts",
    `import { cacheable } from "scalable";
     class Params { x: number; constructor(x: number) { this.x = x; } }
     const read = cacheable(async function read(params: Params) { return params.x; });
     const params = new Params(1);
     const call = read(params);
     params.x = 2;
     console.log(await call, await read(new Params(1)), await read(new Params(2)));`,
  );

  const { stdout } = await ws.run("cold.ts");

  expect(stdout).toMatch(/^(1 1|2 1) 2\n$/);
});

test("an asynchronous schema: it validates what the call was made with, and the function gets its output", async () => {
  const schema = z.object({ x: z.number() }).transform(async (value) => {
    await settled();
    return { doubled: value.x * 2 };
  });
  const cached = cacheable({ args: { p: schema } }, async function validated(p: unknown) {
    await settled();
    return p;
  });
  await cached({ x: 0 });

  const argument = { x: 1 };
  const call = cached(argument);
  argument.x = 2;

  expect(await call).toEqual({ doubled: 2 });
  expect([await cached({ x: 1 }), await cached({ x: 2 })]).toEqual([{ doubled: 2 }, { doubled: 4 }]);
});

test("another process computes the call: who takes over from it computes what the call was made with", async () => {
  const child = `
    import { cacheable } from "scalable";
    const held = cacheable({ name: "held", code: "name" }, async function held(_p) {
      console.log("ready");
      await new Promise((resolve) => process.stdin.once("data", resolve));
    });
    await held({ x: 1 });`;
  await own.ws.write("holder.ts", child);
  const holder = await own.ws.start("holder.ts", { env: { SCALABLE_CACHE_DIR: own.ws.resolve("cache") } });
  const held = cacheable({ name: "held", code: "name" }, async (p: { x: number }) => {
    await settled();
    return p.x;
  });

  const argument = { x: 1 };
  const call = held(argument);
  argument.x = 2;
  await holder.kill();

  expect(await call).toBe(1);
  expect(await held({ x: 1 })).toBe(1);
});
