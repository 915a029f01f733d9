import { expect, test } from "vitest";
import { type Workspace, workspace } from "../rig/workspace.ts";

// Node.js cannot leave decorators out of TypeScript as it does with types: they are run as users run them.
const TSX = import.meta.resolve("tsx");

async function run(ws: Workspace, source: string): Promise<unknown> {
  await ws.write("main.ts", `import { cacheable, FileType, Ignore } from "scalable";\n${source}`);
  const result = await ws.run("main.ts", { nodeOptions: ["--import", TSX] });
  expect(result).toMatchObject({ code: 0, stderr: "" });
  return JSON.parse(result.stdout);
}

const MODEL = `
let runs = 0;
class Model {
  constructor(readonly factor: number, public scratch?: object) {}

  @cacheable({ returnType: Number, args: { x: Number } })
  async scale(x: number): Promise<number> {
    runs += 1;
    return x * this.factor;
  }

  @cacheable({ args: { this: Ignore, x: Number } })
  async ignoring(x: number): Promise<number> {
    runs += 1;
    return x * this.factor;
  }

  @cacheable
  async double(x: number): Promise<number> {
    runs += 1;
    return x * 2;
  }

  @cacheable({ name: "Model.size" })
  static async size(text: string): Promise<number> {
    runs += 1;
    return text.length;
  }
}`;

test("decorated methods are cached: instance, static, and with this ignored", async () => {
  const ws = await workspace();

  const results = await run(
    ws,
    `${MODEL}
    const results = [
      await new Model(2).scale(5), await new Model(3).scale(5), await new Model(2).scale("5" as never),
      await new Model(2).ignoring(5), await new Model(3).ignoring(5),
      await Model.size("four"), await Model.size("four"),
      await new Model(2).double(5), await new Model(3).double(5),
    ];
    console.log(JSON.stringify({ results, runs, name: Model.prototype.scale.name, length: Model.prototype.scale.length }));`,
  );

  expect(results).toEqual({ results: [10, 15, 10, 10, 10, 4, 4, 10, 10], runs: 5, name: "scale", length: 1 });
});

test("a decorated method hits in the next process", async () => {
  const ws = await workspace();
  const source = `${MODEL}
    const result = await new Model(2).scale(5);
    console.log(JSON.stringify([result, runs]));`;

  expect(await run(ws, source)).toEqual([10, 1]);
  expect(await run(ws, source)).toEqual([10, 0]);
});

test("a class with private fields says so, with this ignored it works", async () => {
  const ws = await workspace();

  const results = await run(
    ws,
    `class Account {
      #balance = 100;
      @cacheable({})
      async refused(rate: number): Promise<number> { return this.#balance * rate; }
      @cacheable({ args: { this: Ignore, rate: Number } })
      async ignored(rate: number): Promise<number> { return this.#balance * rate; }
    }
    const account = new Account();
    const message = await account.refused(2).catch((error) => [error.code, error.message]);
    console.log(JSON.stringify([message, await account.ignored(2), await account.ignored(2)]));`,
  );

  expect(results).toEqual([["E_ARGUMENT_UNHASHABLE", expect.stringContaining("private fields")], 200, 200]);
});

test("an overriding method that calls the one it overrides gets its result", async () => {
  const ws = await workspace();

  const results = await run(
    ws,
    `class Base {
      constructor(readonly x: number) {}
      @cacheable({}) async total(): Promise<number> { return this.x; }
    }
    class Derived extends Base {
      @cacheable({ name: "Derived.total" }) override async total(): Promise<number> { return (await super.total()) + 1; }
    }
    console.log(JSON.stringify([await new Derived(1).total(), await new Derived(1).total(), await new Base(1).total()]));`,
  );

  expect(results).toEqual([2, 2, 1]);
});

test.each(["@cacheable", "@cacheable({})"])("getters cannot be decorated: %s", async (decorator) => {
  const ws = await workspace();

  const results = await run(
    ws,
    `let message;
    try {
      class Model {
        ${decorator} get x() { return 1; }
      }
    } catch (error) {
      message = [error.code, error.message];
    }
    console.log(JSON.stringify(message));`,
  );

  expect(results).toEqual(["E_FUNCTION", expect.stringContaining("not a getter")]);
});
