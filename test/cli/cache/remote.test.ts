import { rm, stat } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import type { Finished } from "../../rig/child.ts";
import { cli } from "../../rig/cli.ts";
import { type Workspace, workspace } from "../../rig/workspace.ts";
import {
  awsEnv,
  folderPlace,
  gateway,
  machineEnv,
  type Place,
  REMOTES,
  ranOn,
  runOn,
  s3Place,
  s3Unavailable,
  withOptions,
} from "../../store/remote/remotes.ts";

const WORK = `
import { appendFileSync } from "node:fs";
import { cacheable } from "scalable";
const ran = (what) => appendFileSync(process.env["RAN"], what + "\\n");
const small = cacheable(async function small(n) { ran("small " + n); return n; });
const large = cacheable(async function large(n) { ran("large " + n); return new Uint8Array(200_000).fill(n); });
console.log((await small(1)) + (await small(2)) + (await large(3))[0]);
`;

async function project(): Promise<Workspace> {
  const ws = await workspace();
  await ws.write("work.ts", WORK);
  return ws;
}

interface Command {
  readonly machine: string;
  readonly place: Place;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
}

function scalableCache(ws: Workspace, { machine, place, args, env }: Command): Promise<Finished> {
  return cli(["cache", ...args], { cwd: ws.path, env: machineEnv(machine, place, env) });
}

/** A machine on which everything was computed, without a shared cache. */
async function computed(ws: Workspace, place: Place): Promise<void> {
  await runOn(ws, { machine: "one", place, script: "work.ts", env: { SCALABLE_CACHE_REMOTE: undefined } });
  expect(await ranOn(ws, "one")).toHaveLength(3);
}

describe.each(REMOTES)("$kind", ({ place: makePlace, unavailable }) => {
  test.skipIf(unavailable !== undefined)("push, stats, pull and prune look after a shared cache", async () => {
    const ws = await project();
    const place = await makePlace(ws);
    const on = (machine: string, ...args: string[]): Promise<Finished> => scalableCache(ws, { machine, place, args });
    await computed(ws, place);

    const pushed = await on("one", "push");
    expect(pushed).toMatchObject({ code: 0, stderr: "" });
    expect(pushed.stdout).toMatch(/^uploaded 3 entries, \d[^;]*; 0 were there\n$/);
    const again = JSON.parse((await on("one", "push", "--json")).stdout) as unknown;
    expect(again).toEqual({ entries: 0, bytes: 0, present: 3, failed: 0 });

    const stats = await on("two", "stats", "--remote");
    expect(stats).toMatchObject({ code: 0, stderr: "" });
    expect(stats.stdout).toContain(`remote   ${place.url.split("?")[0]}\nentries  3\nblobs    1\n`);
    expect(stats.stdout).toMatch(/\nsmall +2 /);
    const asJson = JSON.parse((await on("two", "stats", "--remote", place.url, "--json")).stdout) as unknown;
    expect(asJson).toMatchObject({ remote: place.url.split("?")[0], entries: 3, blobs: 1 });

    // On a machine that has no cache yet.
    const one = await on("two", "pull", "--function", "small");
    expect(one, one.stderr).toMatchObject({ code: 0, stderr: "" });
    expect(one.stdout).toMatch(/^fetched 2 entries, /);
    const rest = JSON.parse((await on("two", "pull", "--json")).stdout) as unknown;
    expect(rest).toMatchObject({ entries: 1, present: 2, failed: 0 });
    const without = { SCALABLE_CACHE_REMOTE: undefined };
    const alone = await runOn(ws, { machine: "two", place, script: "work.ts", env: without });
    expect([alone.stdout, await ranOn(ws, "two")]).toEqual(["6\n", []]);

    expect(await on("one", "prune", "--remote")).toMatchObject({
      code: 2,
      stderr: "scalable: prune --remote needs --max-size or --max-age.\n",
    });
    const nothing = await on("one", "prune", "--remote", "--max-age", "1d");
    expect(nothing.stdout).toBe("removed 0 entries and 0 blobs, 0 B\n");
    const marked = await on("one", "prune", "--remote", "--max-age", "0s", "--function", "l*");
    expect(marked).toMatchObject({ code: 0, stderr: "" });
    expect(marked.stdout).toMatch(
      /^removed 1 entry and 0 blobs, .*\n1 blob \(.*\) no entry uses any more: removed by a prune in /,
    );
    const removed = await on("one", "prune", "--remote", "--max-age", "0s", "--grace", "100ms", "--wait", "--json");
    expect(JSON.parse(removed.stdout)).toMatchObject({ entries: 2, blobs: 1, marked: { blobs: 0, bytes: 0 } });
    expect((await on("two", "stats", "--remote")).stdout).toContain("entries  0\nblobs    0\n");
  });
});

test("a command without a shared cache says where to name one", async () => {
  const ws = await project();

  for (const args of [["push"], ["pull"], ["stats", "--remote"], ["prune", "--remote", "--max-age", "1d"]]) {
    const { code, stderr } = await cli(["cache", ...args], { cwd: ws.path });
    expect(code, stderr).toBe(2);
    expect(stderr).toBe(
      "scalable: no shared cache is named: give its URL (--remote s3://bucket/prefix), set SCALABLE_CACHE_REMOTE, or write remote_cache into the manifest.\n",
    );
  }
  const named = await cli(["cache", "push", "--remote", "http://x"], { cwd: ws.path });
  expect(named).toMatchObject({
    code: 2,
    stderr: 'scalable: --remote is "http://x", but must be s3://bucket/prefix, gs://bucket/prefix or file:///folder.\n',
  });
});

test("the manifest names the shared cache, and what may be done with it", async () => {
  const ws = await project();
  const place = await folderPlace(ws);
  await computed(ws, place);
  await ws.write(
    "scalable.yaml",
    `version: 1\nproject: { name: demo, remote_cache: "${withOptions(place.url, "mode=read")}" }\n`,
  );
  const unset: Place = { url: "", env: {} };

  const refused = await scalableCache(ws, { machine: "one", place: unset, args: ["push"] });
  expect(refused).toMatchObject({
    code: 2,
    stderr: `scalable: the shared cache ${place.url} is there for this machine to read only, by ?mode=read.\n`,
  });
  // What is named on the command line comes before it.
  const pushed = await scalableCache(ws, { machine: "one", place: unset, args: ["push", "--remote", place.url] });
  expect(pushed).toMatchObject({ code: 0, stderr: "" });
  const pulled = await scalableCache(ws, { machine: "two", place: unset, args: ["pull"] });
  expect(pulled.stdout).toMatch(/^fetched 3 entries/);
  const env = { SCALABLE_CACHE_REMOTE_MODE: "write" };
  const back = await scalableCache(ws, { machine: "two", place: unset, args: ["pull", "--remote", place.url], env });
  expect(back.stderr).toContain("to write only, by SCALABLE_CACHE_REMOTE_MODE.");
});

test.skipIf(s3Unavailable !== undefined)(
  "what keeps a command from its work is said once, and what to do about it",
  async () => {
    const ws = await project();
    const place = await s3Place();
    await computed(ws, place);
    if (gateway === undefined) throw new Error("There is no gateway.");
    const fails = async (changed: Partial<Place>): Promise<string> => {
      const { code, stdout, stderr } = await scalableCache(ws, {
        machine: "one",
        place: { ...place, ...changed },
        args: ["push"],
      });
      expect([code, stdout], stderr).toEqual([1, ""]);
      expect(stderr).toMatch(/^scalable: [^\n]*\n$/);
      return stderr;
    };

    expect(await fails({ env: awsEnv({ ...gateway.owner, secretAccessKey: "no" }) })).toContain(
      "check AWS_SECRET_ACCESS_KEY",
    );
    expect(await fails({ env: awsEnv(gateway.stranger) })).toContain("it needs s3:ListBucket");
    expect(await fails({ url: place.url.replace(/s3:\/\/[^/]+/, "s3://nowhere") })).toContain(
      'there is no bucket "nowhere"',
    );
    expect(await fails({ url: "s3://bucket/x?region=us-east-1&endpoint=http://127.0.0.1:1" })).toContain(
      "nobody answers at http://127.0.0.1:1",
    );
    expect(await fails({ url: "file:///nonexistent/folder", env: {} })).toContain("does not exist: mount");
  },
);

test("keygen makes a key that only its owner can read, and never writes over one", async () => {
  const ws = await workspace();
  const keygen = (...args: string[]): Promise<Finished> => cli(["cache", "keygen", ...args], { cwd: ws.path });

  const made = await keygen("key");
  expect(made.code, made.stderr).toBe(0);
  expect(made.stdout).toMatch(/^ed25519:[\w-]{43}\n$/);
  expect(made.stderr).toContain("SCALABLE_CACHE_SIGNING_KEY=key");
  expect((await stat(ws.resolve("key"))).mode & 0o777).toBe(0o600);
  expect(await keygen("key")).toMatchObject({
    code: 2,
    stderr: 'scalable: there is a file "key" already: keys are not written over.\n',
  });
  expect(await keygen("nowhere/key")).toMatchObject({
    code: 2,
    stderr: 'scalable: there is no folder "nowhere" for the key.\n',
  });
  const asJson = JSON.parse((await keygen("other", "--json")).stdout) as unknown;
  expect(asJson).toEqual({ publicKey: expect.stringMatching(/^ed25519:/), secretKeyFile: "other" });
});

test("where keys are trusted, what they did not sign is a miss, and told of once", async () => {
  const ws = await project();
  const place = await folderPlace(ws);
  const [mine = "", other = ""] = await Promise.all(
    ["mine", "other"].map(async (file) => (await cli(["cache", "keygen", file], { cwd: ws.path })).stdout.trim()),
  );
  const run = async (machine: string, env: Record<string, string>): Promise<[string[], string]> => {
    await rm(ws.resolve("machines", machine), { recursive: true, force: true });
    const { code, stdout, stderr } = await runOn(ws, { machine, place, script: "work.ts", env });
    expect([code, stdout], stderr).toEqual([0, "6\n"]);
    return [await ranOn(ws, machine), stderr];
  };
  const all = ["large 3", "small 1", "small 2"];

  // Nobody signed these.
  expect(await run("one", {})).toEqual([all, ""]);
  expect(await run("two", {})).toEqual([[], ""]);
  const [ran, warned] = await run("two", { SCALABLE_CACHE_TRUSTED_KEYS: mine, SCALABLE_CACHE_REMOTE_MODE: "read" });
  expect(ran).toEqual(all);
  expect(warned.trim().split("\n")).toEqual([expect.stringMatching(/^scalable: warning: .*sign/)]);

  await rm(ws.resolve("shared"), { recursive: true });
  await ws.write("shared/.keep", "");
  const secret = (await ws.read("other")).trim();
  expect(await run("one", { SCALABLE_CACHE_SIGNING_KEY: secret })).toEqual([all, ""]);
  const strict = { SCALABLE_CACHE_REMOTE_MODE: "read", SCALABLE_CACHE_TRUSTED_KEYS: mine };
  expect((await run("two", strict))[0]).toEqual(all);
  expect(await run("two", { ...strict, SCALABLE_CACHE_TRUSTED_KEYS: `${mine},${other}` })).toEqual([[], ""]);
  // A pull takes no more than a call does.
  const pulled = await scalableCache(ws, { machine: "three", place, args: ["pull"], env: strict });
  expect(pulled.code).toBe(1);
  expect(pulled.stdout).toContain("fetched 0 entries");

  // The manifest's keys, and a key in a file.
  await rm(ws.resolve("shared"), { recursive: true });
  await ws.write("shared/.keep", "");
  expect(await run("one", { SCALABLE_CACHE_SIGNING_KEY: ws.resolve("mine") })).toEqual([all, ""]);
  await ws.write("scalable.yaml", `version: 1\nproject: { name: demo, trusted_keys: ["${mine}"] }\n`);
  expect(await scalableCache(ws, { machine: "four", place, args: ["pull"] })).toMatchObject({ code: 0, stderr: "" });
});

test("the help of each command says what it does with a shared cache", async () => {
  const helps = await Promise.all(
    ["push", "pull", "keygen", "stats", "prune"].map(async (name) => (await cli(["cache", name, "--help"])).stdout),
  );
  const [push = "", pull = "", keygen = "", stats = "", prune = ""] = helps;

  expect(push).toContain("upload to the shared cache what it has not");
  expect(pull).toContain("fetch from the shared cache what is not here");
  expect(keygen).toContain("where the secret key goes");
  for (const help of [push, pull, stats, prune]) expect(help).toContain("--remote [url]");
  expect(prune).toContain("--grace <duration>");
});
