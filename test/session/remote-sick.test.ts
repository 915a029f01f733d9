import { describe, expect, onTestFinished, test } from "vitest";
import { FaultyProxyProcess } from "../rig/faulty-proxy-process.ts";
import type { Workspace } from "../rig/workspace.ts";
import { awsEnv, gateway, type Place, ranOn, runOn, s3Place, s3Unavailable } from "../store/remote/remotes.ts";
import { countBy, eventsOf, runSession, teamProject } from "./remote-rig.ts";
import { KINDS } from "./rig.ts";

/* Sessions on an S3 gateway that something is wrong with. Whatever it is, results are right. */

const sick = describe.skipIf(s3Unavailable !== undefined);

const BODY = `
  out.results = await client.gather(Array.from({ length: 100 }, (_, n) => client.submit(work.scenario, [n, { factor: 2, year: 1000 }])));`;
const RESULTS = Array.from({ length: 100 }, (_, n) => ({ n, cost: n * 2 }));

/** More than what it takes without a remote. */
const MOST_LOST_S = 10;

async function proxy(): Promise<FaultyProxyProcess> {
  const started = await FaultyProxyProcess.start({ port: Number(new URL(gateway?.endpoint ?? "").port) });
  onTestFinished(() => started.close());
  return started;
}

function linesOf(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}

sick("a remote that hangs", () => {
  test.each(KINDS)("costs a session with $kind 10 seconds at most, and is told of once", async ({ processes }) => {
    const ws = await teamProject({ processes });
    const server = await proxy();
    const place = await s3Place("", server.url);
    const { seconds } = await runSession(ws, {
      machine: "none",
      place,
      env: { SCALABLE_CACHE_REMOTE: undefined },
      body: BODY,
    });

    await server.set({ hang: true });
    const run = await runSession(ws, { machine: "one", place, body: BODY });

    expect(run.out).toEqual({ results: RESULTS });
    expect(run.ran).toHaveLength(101);
    expect(run.seconds - seconds).toBeLessThan(MOST_LOST_S);
    expect(linesOf(run.stderr)).toEqual([
      expect.stringMatching(/warning: s3:.* did not answer within 5 s\..*\?timeout=20s\. It is left alone for a while/),
      expect.stringMatching(/^scalable: 101 results were not uploaded to s3:.*scalable cache push/),
    ]);
    const calls = await eventsOf(ws, "one", "cache");
    expect(
      countBy(
        calls.filter(({ hit }) => hit === false),
        "reason",
      ),
    ).toEqual({ "remote-unreachable": 101 });
    const events = await eventsOf(ws, "one", "remote");
    expect(countBy(events, "what")).toMatchObject({ failure: 1, paused: 1, upload: 101 });
  });

  test("costs 100 calls, one after another, 10 seconds at most", async () => {
    const ws = await teamProject();
    const server = await proxy();
    const place = await s3Place("", server.url);
    await server.set({ hang: true });
    await ws.write(
      "bare.ts",
      `import * as work from "./work.ts";
       const startedAt = performance.now();
       let sum = 0;
       for (let n = 0; n < 100; n += 1) sum += await work.number(n);
       process.on("exit", () => console.log(JSON.stringify([sum, (performance.now() - startedAt) / 1000])));`,
    );

    const { stdout, stderr } = await runOn(ws, { machine: "one", place, script: "bare.ts" });

    const [sum, seconds] = JSON.parse(stdout) as [number, number];
    expect(sum).toBe(4950);
    expect(seconds).toBeLessThan(MOST_LOST_S);
    expect(linesOf(stderr)).toHaveLength(2);
    expect(stderr).toContain("100 results were not uploaded");
  });
});

sick("with a remote that fails in the middle of an answer", () => {
  const filled = async (
    ws: Workspace,
  ): Promise<{ server: FaultyProxyProcess; place: Place; body: string; first: unknown }> => {
    const server = await proxy();
    const place = await s3Place("timeout=1s", server.url);
    const body = `
      const sums = (await client.gather(client.map(work.noise, [1, 2, 3, 4]))).map((values) => values.reduce((a, b) => a + b, 0));
      out.results = [...sums, await client.submit(work.number, [5])];`;
    const { out } = await runSession(ws, { machine: "one", place, body });
    return { server, place, body, first: out };
  };

  test.each([
    // A connection that stalls stays so; one that is cut is made again, and goes on where the answer ended.
    { how: "stall", afterBytes: 100_000 },
    { how: "reset", afterBytes: 10 },
    { how: "truncate", afterBytes: 10 },
  ] as const)("$how: what does not arrive is computed", async ({ how, afterBytes }) => {
    const ws = await teamProject();
    const { server, place, body, first } = await filled(ws);
    await server.set({ cut: { how, afterBytes } });

    const run = await runSession(ws, { machine: "two", place, body });

    expect(run.out).toEqual(first);
    expect(run.ran.length).toBeGreaterThan(0);
    expect((await server.counts()).cut).toBeGreaterThan(0);
    expect(linesOf(run.stderr).filter((line) => line.includes("warning")).length).toBeLessThanOrEqual(2);
  });

  test.each(["reset", "truncate"] as const)("%s after 100 KB of each connection costs no hit", async (how) => {
    const ws = await teamProject();
    const { server, place, body, first } = await filled(ws);
    await server.set({ cut: { how, afterBytes: 100_000 } });

    const run = await runSession(ws, { machine: "two", place, body });

    expect(run).toMatchObject({ out: first, ran: [], stderr: "" });
  });
});

sick("with a remote that is slow or busy", () => {
  test("a few refusals with SlowDown and 100 ms of latency cost no hit and no upload", async () => {
    const ws = await teamProject();
    const server = await proxy();
    const place = await s3Place("", server.url);
    const body = "out.results = await client.gather(client.map(work.number, [1, 2, 3, 4, 5]));";

    await server.set({ slowDown: 2, latencyMs: 100 });
    await runSession(ws, { machine: "one", place, body });
    await server.set({ slowDown: 2, latencyMs: 100 });
    const second = await runSession(ws, { machine: "two", place, body });

    expect(second).toMatchObject({ out: { results: [1, 2, 3, 4, 5] }, ran: [], stderr: "" });
    expect((await server.counts()).slowedDown).toBeGreaterThan(0);
  });
});

sick("with a remote that nobody answers at", () => {
  test("calls are computed, one warning is given, and push finishes the job when it is back", async () => {
    const ws = await teamProject();
    const server = await proxy();
    const place = await s3Place("", server.url);
    await server.set({ refuse: true });

    const run = await runSession(ws, { machine: "one", place, body: BODY });
    expect(run.out).toEqual({ results: RESULTS });
    expect(linesOf(run.stderr)).toEqual([
      expect.stringContaining("warning: "),
      expect.stringMatching(/^scalable: 101 results were not uploaded/),
    ]);
    expect(run.stderr).toContain(`nobody answers at ${server.url}`);

    await server.set({});
    await runOn(ws, {
      machine: "one",
      place,
      script: "node_modules/scalable/bin/scalable.js",
      args: ["cache", "push"],
    });
    expect(await runSession(ws, { machine: "two", place, body: BODY })).toMatchObject({ ran: [], stderr: "" });
  });

  test("one that goes away in the middle of a run costs nothing that was computed", async () => {
    const ws = await teamProject();
    const server = await proxy();
    const place = await s3Place("", server.url);
    await ws.write(
      "main.ts",
      `import { ScalableSession } from "scalable";
       import * as work from "./work.ts";
       const session = await ScalableSession.fromYaml();
       const client = session.start();
       await client.gather(client.map(work.number, [1, 2, 3]));
       console.log("ready");
       await new Promise((resolve) => process.stdin.once("data", resolve));
       console.log(JSON.stringify(await client.gather(client.map(work.number, [1, 2, 3, 4, 5, 6, 7, 8]))));
       await session.close();
       process.exit();`,
    );
    const child = await ws.start("main.ts", {
      env: { ...place.env, SCALABLE_CACHE_REMOTE: place.url, SCALABLE_CACHE_DIR: "machines/one/cache", RAN: "ran-one" },
    });
    await server.set({ refuse: true });
    child.send("go on");

    const { code, stdout, stderr } = await child.finished;

    expect(code, stderr).toBe(0);
    expect(stdout).toContain("[1,2,3,4,5,6,7,8]");
    expect(await ranOn(ws, "one")).toHaveLength(8);
    expect(stderr).toContain('"scalable cache push"');
  });
});

sick("what somebody has to set right", () => {
  const told = async (place: Place): Promise<string> => {
    const ws = await teamProject();
    const body = "out.results = await client.gather(client.map(work.number, [1, 2, 3]));";
    const { out, stderr } = await runSession(ws, { machine: "one", place, body });
    expect(out).toEqual({ results: [1, 2, 3] });
    const [warning = "", left = "", ...rest] = linesOf(stderr);
    expect(rest).toEqual([]);
    expect(left).toContain("3 results were not uploaded");
    expect(countBy(await eventsOf(ws, "one", "remote"), "what")).toMatchObject({ off: 1 });
    return warning;
  };

  test("wrong credentials, a bucket of others and one that is missing are told apart", async () => {
    const place = await s3Place();
    if (gateway === undefined) throw new Error("There is no gateway.");

    const wrong = { ...place, env: awsEnv({ ...gateway.owner, secretAccessKey: "wrong" }) };
    expect(await told(wrong)).toContain("the secret does not belong to the access key: check AWS_SECRET_ACCESS_KEY");
    expect(await told({ ...place, env: awsEnv(gateway.stranger) })).toContain("do not allow this in the bucket");
    const missing = { ...place, url: place.url.replace(/s3:\/\/[^/]+/, "s3://nowhere") };
    expect(await told(missing)).toContain('there is no bucket "nowhere"');
  });
});
