import { describe, expect, test } from "vitest";
import { cli } from "../rig/cli.ts";
import { folderPlace, machineEnv, REMOTES } from "../store/remote/remotes.ts";
import { countBy, eventsOf, runSession, teamProject } from "./remote-rig.ts";
import { KINDS } from "./rig.ts";

const SCENARIOS = `
  const params = (n) => ({ factor: n === 7 ? Number(process.env["SEVENTH"] ?? 2) : 2, year: 2040 });
  out.results = await client.gather(Array.from({ length: 50 }, (_, n) => client.submit(work.scenario, [n, params(n)])));
  out.tally = [...(await client.submit(work.tally, [3])).get(3)];
  out.table = await client.submit(work.table, [4]);`;

const CASES = REMOTES.flatMap((remote) => KINDS.map((kind) => ({ ...remote, workers: kind.kind, ...kind, ...remote })));

describe.each(CASES)("$kind, with $workers", ({ place: makePlace, processes, unavailable }) => {
  test.skipIf(unavailable !== undefined)("50 scenarios are computed once in a team", async () => {
    const ws = await teamProject({ processes });
    const place = await makePlace(ws);

    const first = await runSession(ws, { machine: "one", place, body: SCENARIOS });
    expect(first.ran).toHaveLength(53);
    expect(countBy(await eventsOf(ws, "one", "remote"), "ok")).toEqual({ true: 53 });

    await ws.write("out/table.csv", "overwritten");
    const second = await runSession(ws, { machine: "two", place, body: SCENARIOS });
    expect(second.out).toEqual(first.out);
    expect(second.ran).toEqual([]);
    expect(await ws.read("out/table.csv")).toBe("n\n4");
    const calls = await eventsOf(ws, "two", "cache");
    expect([countBy(calls, "source"), countBy(calls, "hit")]).toEqual([{ remote: 52 }, { true: 52 }]);

    const third = await runSession(ws, { machine: "three", place, env: { SEVENTH: "3" }, body: SCENARIOS });
    expect(third.ran).toEqual(["scenario 7"]);
    const missed = (await eventsOf(ws, "three", "cache")).filter(({ hit }) => hit === false);
    expect(missed).toMatchObject([{ reason: "arguments", stored: true }]);
  });
});

describe.each(KINDS)("with $kind", ({ processes }) => {
  test("hits of the shared cache are verified, and a wrong one is removed there", async () => {
    const ws = await teamProject({ processes });
    const place = await folderPlace(ws);
    const body = "out.results = await client.gather(client.map(work.number, [1, 2]));";
    await runSession(ws, { machine: "one", place, body });

    const verified = await runSession(ws, {
      machine: "two",
      place,
      env: { SCALABLE_CACHE_VERIFY: "1", LUCK: "10" },
      body,
    });

    expect(verified.out).toEqual({ results: [11, 12] });
    expect(verified.ran).toEqual(["number 1", "number 2"]);
    expect(countBy(await eventsOf(ws, "two", "cache"), "verified")).toEqual({ different: 2 });
    expect((await runSession(ws, { machine: "three", place, body })).ran).toEqual(["number 1", "number 2"]);

    const checked = { SCALABLE_CACHE_VERIFY: "1" };
    await runSession(ws, { machine: "four", place, env: checked, body });
    expect(await eventsOf(ws, "four", "cache")).toMatchObject([
      { hit: true, source: "remote", verified: "same" },
      { hit: true, source: "remote", verified: "same" },
    ]);
  });
});

test("the manifest says where the shared cache is, and that comes before the environment", async () => {
  const ws = await teamProject();
  const place = await folderPlace(ws);
  const yaml = await ws.read("scalable.yaml");
  await ws.write("scalable.yaml", yaml.replace("name: demo", `name: demo, remote_cache: "${place.url}"`));
  const env = { SCALABLE_CACHE_REMOTE: "file:///nonexistent" };
  const body = "out.results = await client.gather(client.map(work.number, [1, 2]));";

  await runSession(ws, { machine: "one", place, env, body });
  const second = await runSession(ws, { machine: "two", place, env: { SCALABLE_CACHE_REMOTE: undefined }, body });

  expect(second).toMatchObject({ out: { results: [1, 2] }, ran: [], stderr: "" });
});

test("a session with a location that cannot be meant is not made, and leaves the environment as it was", async () => {
  const ws = await teamProject();
  const yaml = await ws.read("scalable.yaml");
  await ws.write("scalable.yaml", yaml.replace("name: demo", "name: demo, local_cache: ./here"));
  await ws.write(
    "main.ts",
    `import { ScalableSession } from "scalable";
     try { await ScalableSession.fromYaml(); } catch ({ code, message }) { console.log(JSON.stringify([code, message, process.env["SCALABLE_CACHE_DIR"]])); }`,
  );
  const env = machineEnv("one", { url: "s3://", env: {} });

  const { stdout } = await ws.run("main.ts", { env });

  expect(JSON.parse(stdout)).toEqual([
    "E_SETTING",
    'SCALABLE_CACHE_REMOTE is "s3://", but must name a bucket.',
    "machines/one/cache",
  ]);
});

test("validate points at what cannot be meant of a shared cache", async () => {
  const ws = await teamProject();
  await ws.write(
    "scalable.yaml",
    `version: 1
project:
  name: demo
  remote_cache: s3://bucket/x?regoin=eu
  trusted_keys: [nonsense]
`,
  );

  const { code, stdout, stderr } = await cli(["validate"], { cwd: ws.path });

  expect(code).toBe(1);
  expect(stdout + stderr).toMatch(/scalable\.yaml:4:\d+/);
  expect(stdout + stderr).toMatch(/scalable\.yaml:5:\d+/);
  expect(stdout + stderr).toContain('"regoin"');
});
