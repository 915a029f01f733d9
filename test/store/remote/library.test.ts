import { describe, expect, test } from "vitest";
import { type Workspace, workspace } from "../../rig/workspace.ts";
import { machineEnv, type Place, REMOTES, ranOn, runOn } from "./remotes.ts";

const WORK = `
import { appendFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { Cache, cacheable, DirType, FileType, flush } from "scalable";

const ran = (what) => appendFileSync(process.env["RAN"], what + "\\n");
const out = (value) => console.log(JSON.stringify(value));
const run = (name, ms = 0) => { ran(name); for (const end = Date.now() + ms; Date.now() < end; ); };

const plain = cacheable(async function plain(n) { run("plain " + n); return { n, twice: n * 2 }; });
const inner = cacheable(async function inner(n) { run("inner " + n); return n + 1; });
const outer = cacheable(async function outer(n) { run("outer " + n); return (await inner(n)) * 10; });
const kinds = cacheable(async function kinds(which) {
  run("kinds " + which);
  return which === "undefined" ? undefined : {
    map: new Map([[1, { a: new Set(["x", undefined]) }]]), date: new Date(86_400_000), bigint: 12n ** 20n, nan: NaN,
    error: new RangeError("too far", { cause: "the sea" }), floats: new Float32Array([1.5, -0]), nothing: undefined,
  };
});
const files = cacheable({ returnType: { table: FileType, maps: DirType } }, async function files(year) {
  run("files " + year);
  mkdirSync("out/maps/deep", { recursive: true });
  writeFileSync("out/table.csv", "mwh\\n" + year + "\\n".repeat(100_000));
  writeFileSync("out/maps/deep/north.txt", "north");
  return { table: "out/table.csv", maps: "out/maps" };
});
const typed = cacheable({ returnType: { total: Number } }, async function typed(n) { run("typed " + n); return { total: n }; });
const checked = cacheable({ checkOutput: (result, n) => result === Number(process.env["EXPECTED"] ?? n) },
  async function checked(n) { run("checked " + n); return n; });
const unstored = cacheable({ store: false }, async function unstored(n) { run("unstored " + n); return n; });
const large = cacheable(async function large(bytes) {
  run("large " + bytes);
  const values = new Float64Array(bytes / 8);
  for (let at = 0; at < values.length; at += 1) values[at] = (at * 2654435761) % 1_000_003;
  return values;
});
const random = cacheable(async function random(n) { run("random " + n); return process.env["LUCK"] ?? "none"; });
const caught = (promise) => promise.then((value) => ({ value }), ({ code, message }) => ({ code, message }));
`;

interface Doing {
  readonly machine: string;
  readonly place: Place;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly nodeOptions?: readonly string[];
  readonly code: string;
}

/** Runs code on a machine, and answers the values that it gave to `out`. */
async function does(
  ws: Workspace,
  { machine, code, ...options }: Doing,
): Promise<{ readonly out: unknown[]; readonly stderr: string }> {
  const script = `${machine}.ts`;
  await ws.write(script, `${WORK}\n${code}`);
  const finished = await runOn(ws, { machine, script, ...options });
  expect(finished, finished.stderr).toMatchObject({ code: 0 });
  const lines = finished.stdout.split("\n").filter((line) => line !== "");
  return { out: lines.map((line) => JSON.parse(line) as unknown), stderr: finished.stderr };
}

describe.each(REMOTES)("$kind", ({ place: makePlace, unavailable }) => {
  const shared = test.skipIf(unavailable !== undefined);

  shared("what one machine computed is a hit on another, where it is kept for calls without the remote", async () => {
    const ws = await workspace();
    const place = await makePlace(ws);
    const code = `
      out(await plain(1)); out(await outer(2)); out((await kinds("undefined")) === undefined);
      const { map, date, bigint, nan, error, floats, ...rest } = await kinds("all");
      out([[...map.get(1).a].length, map.get(1).a.has(undefined), date.getTime(), String(bigint), Number.isNaN(nan),
        error.name, error.message, error.cause, [...floats].map(String), "nothing" in rest]);`;

    const first = await does(ws, { machine: "one", place, code });
    expect(await ranOn(ws, "one")).toEqual(["inner 2", "kinds all", "kinds undefined", "outer 2", "plain 1"]);
    const second = await does(ws, { machine: "two", place, code });
    expect(second).toEqual(first);
    expect(first.stderr).toBe("");
    expect(await ranOn(ws, "two")).toEqual([]);

    const alone = await does(ws, { machine: "two", place, env: { SCALABLE_CACHE_REMOTE: undefined }, code });
    expect(alone.out).toEqual(first.out);
    expect(await ranOn(ws, "two")).toEqual([]);
    // The nested call was never asked for there.
    expect((await does(ws, { machine: "two", place, code: "out(await inner(2))" })).out).toEqual([3]);
    expect(await ranOn(ws, "two")).toEqual([]);
  });

  shared("captured files and folders are restored in another working directory", async () => {
    const ws = await workspace();
    const place = await makePlace(ws);
    await does(ws, { machine: "one", place, code: "out(await files(2040))" });
    await ws.write("elsewhere/.keep", "");

    const there = await does(ws, {
      machine: "two",
      place,
      code: `process.chdir("elsewhere");
        const { table, maps } = await files(2040);
        out([table, maps, readFileSync(table, "utf8").length, readFileSync(maps + "/deep/north.txt", "utf8")]);`,
    });

    expect(there.out).toEqual([["out/table.csv", "out/maps", 100_008, "north"]]);
    expect(await ws.read("elsewhere/out/maps/deep/north.txt")).toBe("north");
    expect(await ranOn(ws, "two")).toEqual([]);
  });

  shared("a result of 100 MB arrives as it was", async () => {
    const ws = await workspace();
    const place = await makePlace(ws);
    const code = `
      const { createHash } = await import("node:crypto");
      const values = await large(100_000_000);
      out([values.constructor.name, values.length, createHash("sha256").update(values).digest("hex")]);`;

    const first = await does(ws, { machine: "one", place, code });
    const second = await does(ws, { machine: "two", place, code });

    expect(first.out).toEqual([["Float64Array", 12_500_000, expect.any(String)]]);
    expect(second.out).toEqual(first.out);
    expect(await ranOn(ws, "two")).toEqual([]);
  });

  shared("what is declared of a result is asked of one from elsewhere, too", async () => {
    const ws = await workspace();
    const place = await makePlace(ws);
    const code = "out(await typed(1)); out(await checked(1)); out(await unstored(1));";
    await does(ws, { machine: "one", place, code });

    expect((await does(ws, { machine: "two", place, code })).out).toEqual([{ total: 1 }, 1, 1]);
    expect(await ranOn(ws, "two")).toEqual(["unstored 1"]);

    // There, the test refuses what is stored; what is computed as well, and the caller has it all the same.
    const refused = await does(ws, { machine: "three", place, env: { EXPECTED: "7" }, code: "out(await checked(1))" });
    expect(refused.out).toEqual([1]);
    expect(await ranOn(ws, "three")).toEqual(["checked 1"]);
  });

  shared("a result's age counts from its computation, on whichever machine", async () => {
    const ws = await workspace();
    const place = await makePlace(ws);
    await does(ws, { machine: "one", place, code: "out(await plain(1));" });
    // As if an hour had passed. Not in the script, where it would be part of the function's code.
    await ws.write("later.mjs", "Date.now = ((now) => () => now() + 3_600_000)(Date.now);");
    const aged = (machine: string, maxAge: string): ReturnType<typeof does> =>
      does(ws, {
        machine,
        place,
        nodeOptions: ["--import", "./later.mjs"],
        code: `out(await plain.with({ maxAge: "${maxAge}" })(1));`,
      });

    await aged("two", "2h");
    expect(await ranOn(ws, "two")).toEqual([]);
    await aged("three", "30m");
    expect(await ranOn(ws, "three")).toEqual(["plain 1"]);

    // What was computed in its place is there for others, as young as it is.
    expect((await aged("four", "30m")).out).toEqual([{ n: 1, twice: 2 }]);
    expect(await ranOn(ws, "four")).toEqual([]);
  });

  shared("recompute replaces what others get, forget removes it, has and explain ask", async () => {
    const ws = await workspace();
    const place = await makePlace(ws);
    const [url = ""] = place.url.split("?");
    await does(ws, { machine: "one", place, env: { LUCK: "old" }, code: "out(await random(1));" });
    const asked = await does(ws, {
      machine: "two",
      place,
      code: `out(await random.has(1)); out(await random.has(2));
        const { state, remote } = await random.explain(1); out([state, remote]); out(String(await random.explain(1)));
        const missed = await random.explain(2); out([missed.state, missed.reason, missed.because]);`,
    });
    expect(asked.out).toEqual([
      true,
      false,
      ["hit", url],
      expect.stringContaining(` in ${url}, took `),
      ["miss", "arguments", "n: 1 → 2"],
    ]);
    expect(await ranOn(ws, "two")).toEqual([]);

    const again = await does(ws, {
      machine: "one",
      place,
      env: { LUCK: "new" },
      code: "out(await random.recompute(1)); const { uploaded, left } = await flush(); out([uploaded, left]);",
    });
    expect(again.out).toEqual(["new", [1, 0]]);
    expect((await does(ws, { machine: "two", place, code: "out(await random(1));" })).out).toEqual(["new"]);

    const forgotten = await does(ws, {
      machine: "two",
      place,
      code: "out(await random.forget(1)); out(await random.has(1)); out(await random.forget(1));",
    });
    expect(forgotten.out).toEqual([true, false, false]);
    expect((await does(ws, { machine: "three", place, code: "out(await random.has(1));" })).out).toEqual([false]);
  });

  shared("a wrong result of another machine is put into quarantine here and removed there", async () => {
    const ws = await workspace();
    const place = await makePlace(ws);
    await does(ws, { machine: "one", place, env: { LUCK: "wrong" }, code: "out(await random(1));" });

    const checked = await does(ws, {
      machine: "two",
      place,
      env: { LUCK: "right", SCALABLE_CACHE_VERIFY: "1" },
      code: "out(await random(1)); out(await new Cache().info('quarantined:' + (await random.key(1))) !== undefined);",
    });
    expect(checked.out).toEqual(["right", true]);
    expect(checked.stderr).toContain("result: 'wrong' → 'right'");
    const others = await does(ws, { machine: "three", place, code: "out(await random.has(1));" });
    expect(others.out).toEqual([false]);

    // The next call computes, and its result is for all again.
    await does(ws, { machine: "two", place, env: { LUCK: "right" }, code: "out(await random(1));" });
    expect((await does(ws, { machine: "three", place, code: "out(await random(1));" })).out).toEqual(["right"]);
    expect(await ranOn(ws, "three")).toEqual([]);
  });

  shared("with SCALABLE_CACHE=off, nothing is asked and nothing goes there", async () => {
    const ws = await workspace();
    const place = await makePlace(ws);
    const env = { SCALABLE_CACHE: "off" };
    await does(ws, { machine: "one", place, env, code: "out(await plain(1)); out(await plain(1));" });
    expect(await ranOn(ws, "one")).toEqual(["plain 1", "plain 1"]);

    await does(ws, { machine: "two", place, code: "out(await plain(1));" });
    expect(await ranOn(ws, "two")).toEqual(["plain 1"]);
  });

  shared("values under names of one's own go to others, one by one and many at once", async () => {
    const ws = await workspace();
    const place = await makePlace(ws);
    const open = `const cache = new Cache(process.env["SCALABLE_CACHE_DIR"], { remote: ${JSON.stringify(place.url)} });`;
    const env = { SCALABLE_CACHE_REMOTE: undefined };
    await does(ws, {
      machine: "one",
      place,
      env,
      code: `${open} for (let n = 0; n < 40; n += 1) await cache.set("key " + n, new Map([[n, n * n]]));
        await cache.set("nothing", undefined); await cache.close();`,
    });

    const there = await does(ws, {
      machine: "two",
      place,
      env,
      code: `${open}
        out([await cache.has("key 1"), await cache.has("key 99"), [...(await cache.get("key 1"))]]);
        const many = await cache.getMany([...Array(40).keys(), 99].map((n) => "key " + n).concat("nothing"));
        out([many.size, many.get("key 39").get(39), many.has("nothing"), many.has("key 99")]);
        out([await cache.delete("key 1"), await cache.has("key 1"), await cache.get("key 1") === undefined]);
        await cache.close();`,
    });
    expect(there.out).toEqual([
      [true, false, [[1, 1]]],
      [41, 1521, true, false],
      [true, false, true],
    ]);
    const gone = await does(ws, { machine: "three", place, env, code: `${open} out(await cache.has("key 1"));` });
    expect(gone.out).toEqual([false]);
  });

  shared("mode says what a machine does: in the URL, or in the environment where the URL says nothing", async () => {
    const ws = await workspace();
    const place = await makePlace(ws);
    const withMode = (mode: string): Place => ({
      ...place,
      url: `${place.url}${place.url.includes("?") ? "&" : "?"}mode=${mode}`,
    });
    const code = "out(await plain(1));";
    const readOnly = { SCALABLE_CACHE_REMOTE_MODE: "read" };

    await does(ws, { machine: "reader", place, env: readOnly, code });
    await does(ws, { machine: "writer", place: withMode("write"), env: readOnly, code });
    expect([await ranOn(ws, "reader"), await ranOn(ws, "writer")]).toEqual([["plain 1"], ["plain 1"]]);

    await does(ws, { machine: "writer 2", place, env: { SCALABLE_CACHE_REMOTE_MODE: "write" }, code });
    await does(ws, { machine: "reader 2", place: withMode("read"), code });
    await does(ws, { machine: "both", place, code });
    const ran = [await ranOn(ws, "writer 2"), await ranOn(ws, "reader 2"), await ranOn(ws, "both")];
    expect(ran).toEqual([["plain 1"], [], []]);
  });
});

test("a location, a mode or a key that cannot be meant is an error before anything is computed", async () => {
  const ws = await workspace();
  const place: Place = { url: `file://${ws.path}`, env: {} };
  const told = async (env: Record<string, string>): Promise<unknown> => {
    const code = "out(await caught(plain(1))); out(await caught(plain.recompute(1)));";
    const { out } = await does(ws, { machine: "one", place, env, code });
    expect(await ranOn(ws, "one")).toEqual([]);
    expect(out[0]).toEqual(out[1]);
    return out[0];
  };

  expect(await told({ SCALABLE_CACHE_REMOTE: "ftp://host/x" })).toEqual({
    code: "E_SETTING",
    message:
      'SCALABLE_CACHE_REMOTE is "ftp://host/x", but must be s3://bucket/prefix, gs://bucket/prefix or file:///folder.',
  });
  expect(await told({ SCALABLE_CACHE_REMOTE_MODE: "sometimes" })).toEqual({
    code: "E_SETTING",
    message: 'SCALABLE_CACHE_REMOTE_MODE is "sometimes", but must be read, write or readwrite.',
  });
  expect(await told({ SCALABLE_CACHE_SIGNING_KEY: "nonsense" })).toMatchObject({
    code: "E_SETTING",
    message: expect.stringContaining("SCALABLE_CACHE_SIGNING_KEY"),
  });
  expect(await told({ SCALABLE_CACHE_TRUSTED_KEYS: "nonsense" })).toMatchObject({
    code: "E_SETTING",
    message: expect.stringContaining("SCALABLE_CACHE_TRUSTED_KEYS"),
  });
});

test("a process that ends by itself ends after its uploads, and one that is ended says what is left", async () => {
  const ws = await workspace();
  const place: Place = { url: `file://${ws.resolve("shared")}`, env: {} };
  await ws.write("shared/.keep", "");
  await ws.write("quick.ts", `${WORK}\nawait large(20_000_000); await plain.recompute(1); process.exit(3);`);

  const ended = await runOn(ws, { machine: "one", place, script: "quick.ts" });
  expect(ended.code).toBe(3);
  expect(ended.stderr).toMatch(
    /^scalable: \d results? (was|were) not uploaded to file:\/\/.*shared\. .* "scalable cache push" uploads (it|them)\.\n$/,
  );
  await does(ws, { machine: "one", place, code: "await plain.recompute(1);" });
  expect((await does(ws, { machine: "two", place, code: "out(await plain(1));" })).out).toEqual([{ n: 1, twice: 2 }]);
  expect(await ranOn(ws, "two")).toEqual([]);
});

test("a cache that is closed says what it could not upload", async () => {
  const ws = await workspace();
  const env = machineEnv("one", { url: "", env: {} }, { SCALABLE_CACHE_REMOTE: undefined });
  await ws.write(
    "close.ts",
    `${WORK}
      const cache = new Cache(process.env["SCALABLE_CACHE_DIR"], { remote: "file:///nonexistent/folder" });
      await cache.set("key", 1);
      await cache.close();
      console.error("closed");`,
  );

  const { code, stderr } = await ws.run("close.ts", { env });

  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(
    /does not exist.*\n.*1 result was not uploaded to file:\/\/\/nonexistent\/folder\..*\nclosed\n$/,
  );
});
