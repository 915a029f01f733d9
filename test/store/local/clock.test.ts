import { expect, test } from "vitest";
import { type Workspace, workspace } from "../../rig/workspace.ts";
import { askOnce, Server } from "./serving.ts";

/*
 * The machine's clock is wrong, or is set while processes run.
 */

const YEAR = 365 * 24 * 3_600_000;

/** Makes `Date.now` jump each time that it is asked. */
async function jumpingClock(ws: Workspace): Promise<readonly string[]> {
  const file = await ws.write(
    "clock.mjs",
    `const now = Date.now;
     let asked = 0;
     const jumps = [0, 1, -1, 20, -20];
     Date.now = () => now() + jumps[asked++ % jumps.length] * ${YEAR};`,
  );
  return ["--import", file];
}

async function setClock(ws: Workspace, years: number): Promise<readonly string[]> {
  const file = await ws.write(
    `clock-${years}.mjs`,
    `const now = Date.now;
     Date.now = () => now() + ${years * YEAR};`,
  );
  return ["--import", file];
}

const CALLS = ["call 0", "call 1", "call 2", "call 0", "call 1", "call 2", "problems"];
const ANSWERS = [...new Array(3).fill("right computed"), ...new Array(3).fill("right stored"), "[]"];

test("a clock that jumps at each look", async () => {
  const ws = await workspace();

  const first = await askOnce(ws, CALLS, { nodeOptions: await jumpingClock(ws) });
  const second = await askOnce(ws, CALLS, { nodeOptions: await jumpingClock(ws) });

  expect(first).toEqual({ answers: ANSWERS, stderr: "" });
  expect(second).toEqual({ answers: [...new Array(6).fill("right stored"), "[]"], stderr: "" });
});

test("processes whose clocks are years apart use one cache", async () => {
  const ws = await workspace();
  for (const years of [0, 30, -30, 0]) {
    const first = years === 0 && !(await ws.read("ran").then(Boolean, () => false));
    const { answers, stderr } = await askOnce(ws, CALLS, { nodeOptions: await setClock(ws, years) });

    expect({ years, answers, stderr }).toEqual({
      years,
      answers: first ? ANSWERS : [...new Array(6).fill("right stored"), "[]"],
      stderr: "",
    });
  }
});

test("one that waits notices that the one it waits for is gone, though its clock was set back", async () => {
  const ws = await workspace();
  await ws.write(
    "hold.ts",
    `import { cacheable } from "scalable";
     const hold = cacheable({ name: "hold", code: "name" }, () => {
       console.log("running");
       return process.argv[2] === "return" ? 1 : new Promise(() => setInterval(() => undefined, 1_000));
     });
     if (process.argv[2] === "return") process.stderr.write = process.stdout.write.bind(process.stdout);
     console.log("ready");
     console.log("result", await hold());`,
  );
  const clock = await ws.write(
    "back.mjs",
    `const now = Date.now;
     let back = 0;
     Date.now = () => now() - (back += 60_000);`,
  );
  const holder = await ws.start("hold.ts", { args: ["hold"] });
  await holder.line("running");
  const waiter = await ws.start("hold.ts", {
    args: ["return"],
    env: { SCALABLE_LOG_LEVEL: "info" },
    nodeOptions: ["--import", clock],
  });
  await waiter.line(/waiting for its result/);

  await holder.kill();

  await waiter.line("result 1");
});

test("a server whose clock is set goes on", async () => {
  const ws = await workspace();
  const server = await Server.start(ws, { nodeOptions: await jumpingClock(ws) });

  expect(await server.calls(0, 1, 2, 0, 1, 2)).toEqual(ANSWERS.slice(0, 6));
  expect((await server.end()).stderr).toBe("");
});
