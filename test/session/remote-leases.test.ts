import { describe, expect, test } from "vitest";
import { machineEnv, REMOTES, ranOn } from "../store/remote/remotes.ts";
import { teamProject } from "./remote-rig.ts";
import { KINDS, program } from "./rig.ts";

const CALLS = Array.from({ length: 12 }, (_, n) => `scenario ${n}`).sort();
const LEASES = { SCALABLE_CACHE_LEASES: "remote" };

/** Both machines have loaded everything before either begins. */
const BODY = `
  console.log("ready");
  await new Promise((resolve) => process.stdin.once("data", () => { process.stdin.destroy(); resolve(); }));
  const params = { factor: 2, year: 2040 };
  out.results = await client.gather(Array.from({ length: 12 }, (_, n) => client.submit(work.scenario, [n, params])));`;

describe.each(REMOTES)("$kind", ({ place: makePlace, unavailable }) => {
  test.skipIf(unavailable !== undefined).each(KINDS)("two sessions with $kind share calls", async ({ processes }) => {
    const ws = await teamProject({ processes });
    const place = await makePlace(ws);
    await ws.write("main.ts", program(BODY));

    const machines = await Promise.all(
      ["one", "two"].map((name) => ws.start("main.ts", { env: machineEnv(name, place, LEASES) })),
    );
    for (const machine of machines) machine.send("go\n");
    const ended = await Promise.all(machines.map(({ finished }) => finished));

    expect(ended.map(({ code }) => code)).toEqual([0, 0]);
    const ran = [...(await ranOn(ws, "one")), ...(await ranOn(ws, "two"))];
    expect(ran.filter((line) => line.startsWith("scenario")).sort()).toEqual(CALLS);
  });
});
