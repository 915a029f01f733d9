import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { appendFile, mkdir, rm, writeFile } from "node:fs/promises";
import { inspect } from "node:util";
import { Cache, cacheable, DirType, type Explanation, FileType, Ignore, onEvent } from "scalable";
import { expect, onTestFinished, test, vi } from "vitest";
import { z } from "zod";
import { defaultCache } from "../../src/cacheable/default-cache.ts";
import { withIndex } from "../store/local-rig.ts";
import { ownCache, said } from "./own-cache.ts";

const own = ownCache();

/** Stands in no source text, which the cache may keep some of. */
const SECRET = randomUUID();

/** The lines that begin with `changed`, `added` and `removed`, without their indent. */
function changes(explanation: Explanation): string[] {
  const lines = String(explanation).split("\n");
  return lines.map((line) => line.trim()).filter((line) => /^(changed|added|removed): /.test(line));
}

/** Reasons of the misses from now on until the end of the test. */
function reasons(): (readonly [string | undefined, string | undefined])[] {
  const found: (readonly [string | undefined, string | undefined])[] = [];
  const off = onEvent((event) => {
    if (event.type === "cache" && !event.hit) found.push([event.reason, event.because]);
  });
  onTestFinished(off);
  return found;
}

const model = cacheable(
  { args: { scenario: Number, params: Object, config: FileType, data: DirType }, name: "model", env: ["MODEL_ENV"] },
  async function model(scenario: number, params: object, config: string, data: string) {
    return [params, config, data].length * 0 + scenario;
  },
);

async function files(): Promise<readonly [config: string, data: string]> {
  const config = await own.ws.write("config.json", "{}");
  for (const name of ["a.csv", "sub/b.csv", "sub/c.csv"]) await own.ws.write(`data/${name}`, name);
  return [config, own.ws.resolve("data")];
}

test("nothing is stored of a function, then a call is", async () => {
  const [config, data] = await files();

  const before = await model.explain(7, {}, config, data);
  await model(7, {}, config, data);
  const after = await model.explain(7, {}, config, data);

  expect(before).toMatchObject({ state: "miss", reason: "first-call", functionName: "model" });
  expect(String(before)).toMatch(
    /^model\(scenario=7, .+\): miss \(first-call\)\n {2}no other call of model is stored$/,
  );
  expect(after).toMatchObject({ state: "hit", key: before.key, entry: { functionName: "model" } });
  expect(String(after)).toMatch(
    /^model\(scenario=7, .+\): stored \S+Z, took \S+ \w+\n {2}no earlier call of model is stored$/,
  );
});

test("each place that differs is named, and what is the same is said", async () => {
  const [config, data] = await files();
  const params = { fuel: { cost: 3.1, tax: 1 }, years: [2030, 2040], tags: new Set(["a"]), by: new Map([["x", 1]]) };
  await model(7, params, config, data);

  const explanation = await model.explain(
    7,
    { fuel: { cost: 3.4 }, years: [2030, 2050], tags: new Set(["b"]), by: new Map([["x", 2]]), "odd name": "new" },
    config,
    data,
  );

  expect(explanation).toMatchObject({ state: "miss", reason: "arguments" });
  expect(changes(explanation).sort()).toEqual([
    'added: argument params.tags.has("b"): true',
    'added: argument params["odd name"]: "new"',
    'changed: argument params.by.get("x"): 1 → 2',
    "changed: argument params.fuel.cost: 3.1 → 3.4",
    "changed: argument params.years[1]: 2040 → 2050",
    "removed: argument params.fuel.tax: 1 → none",
    'removed: argument params.tags.has("a"): true → none',
  ]);
  expect(String(explanation)).toContain(`same: arguments scenario, config ("${config}"), data ("${data}"), code, env`);
  expect(String(explanation)).toMatch(/\nnearest: [0-9a-f]{12}, stored \S+Z, took \S+ \w+$/);
});

test("members of a folder that were added, removed and changed, and a file's content", async () => {
  const [config, data] = await files();
  await model(7, {}, config, data);
  await writeFile(config, "{ }");
  await own.ws.write("data/new.csv", "n");
  await own.ws.write("data/a.csv", "changed");
  await rm(own.ws.resolve("data/sub/c.csv"));

  const explanation = await model.explain(7, {}, config, data);

  expect(explanation).toMatchObject({ state: "miss", reason: "files" });
  expect(changes(explanation)).toEqual([
    `changed: argument config (${config}): its content`,
    "changed: argument data: a.csv changed",
    "changed: argument data: new.csv added",
    "changed: argument data: sub/c.csv removed",
  ]);
});

test("inputs, variables, version and seed", async () => {
  said();
  const input = await own.ws.write("inputs/prices.csv", "1");
  const folder = own.ws.resolve("inputs");
  const priced = cacheable({ inputs: [folder], env: ["CURRENCY"], version: "1" }, async function priced(x: number) {
    return x;
  });
  await priced(1);

  await appendFile(input, "2");
  const changed = await priced.explain(1);
  await priced(1);
  vi.stubEnv("CURRENCY", "NOK");
  const env = await priced.explain(1);
  vi.stubEnv("CURRENCY", undefined);
  const version = await priced.with({ version: "2" }).explain(1);
  vi.stubEnv("SCALABLE_SEED", "5");
  const seed = await priced.explain(1);
  await priced(1);
  vi.stubEnv("SCALABLE_SEED", "6");
  const other = await priced.explain(1);

  expect(changes(changed)).toEqual([`changed: input ${folder}: prices.csv changed`]);
  expect([changes(env), env]).toMatchObject([["changed: env CURRENCY"], { reason: "env" }]);
  expect([changes(version), version]).toMatchObject([['changed: version: "1" → "2"'], { reason: "version" }]);
  expect([changes(seed), seed]).toMatchObject([["changed: seed: the default → 5"], { reason: "seed" }]);
  expect(changes(other)).toEqual(["changed: seed: 5 → 6"]);
});

test("a stored call says in what it differed from those that were stored before it", async () => {
  const at = Date.now();
  vi.useFakeTimers({ toFake: ["Date"], now: at });
  onTestFinished(() => void vi.useRealTimers());
  const [config, data] = await files();
  for (const [minute, scenario] of [1, 2, 3].entries()) {
    vi.setSystemTime(at + minute * 60_000);
    await model(scenario, { scenario }, config, data);
  }

  const second = await model.explain(2, { scenario: 2 }, config, data);

  expect(second.state).toBe("hit");
  expect(changes(second)).toEqual(["changed: argument scenario: 1 → 2", "changed: argument params.scenario: 1 → 2"]);
  expect(String(second)).toContain("nearest before it: ");
});

test("of many stored calls, the same call with something else changed is the nearest", async () => {
  said();
  const steps = cacheable({ env: ["STEPS"] }, async function steps(x: number) {
    return x;
  });
  for (let x = 0; x < 50; x += 1) await steps(x);
  vi.stubEnv("STEPS", "2");
  for (let x = 20; x < 40; x += 1) await steps(x);

  expect(changes(await steps.explain(3))).toEqual(["changed: env STEPS"]);
  expect(changes(await steps.explain(60))).toEqual([expect.stringMatching(/^changed: argument x: [23]\d → 60$/)]);
});

test("what became of entries: forgotten, cleared, pruned, evicted, not stored, thrown", async () => {
  said();
  const found = reasons();
  const dir = own.ws.resolve("small");
  const cache = new Cache(dir, { sizeLimit: 100_000 });
  onTestFinished(() => cache.close());
  let fails = true;
  const large = cacheable({ cache }, async function large(n: number): Promise<unknown> {
    if (n === -1) return () => n;
    if (n === -2 && fails) throw new RangeError("not today");
    return new Uint8Array(40_000).fill(n);
  });

  await large(1);
  await large.forget(1);
  await large(1);
  await cache.clear();
  await large(1);
  await cache.prune({ maxBytes: 0 });
  await large(1);
  for (const n of [2, 3, 4]) await large(n);
  const evicted = await large.explain(1);
  await large(1);
  await large(-1);
  await large(-1);
  await large(-2).catch(() => undefined);
  fails = false;
  await large(-2);

  expect(evicted).toMatchObject({ state: "miss", reason: "evicted", fate: { what: "evicted" } });
  expect(String(evicted)).toMatch(/\n {2}its entry was evicted \S+Z: to keep the cache below 97\.7 KiB\n/);
  expect(found.map(([reason]) => reason)).toEqual([
    "first-call",
    "forgotten",
    "cleared",
    "pruned",
    ...["arguments", "arguments", "arguments"],
    "evicted",
    "arguments",
    "not-stored",
    "arguments",
    "not-stored",
  ]);
  expect(found[9]?.[1]).toBe("it is a function");
  expect(found[11]?.[1]).toBe("the function threw RangeError");
});

test("an entry that is too old is told from one that answers", async () => {
  const daily = cacheable({ maxAge: "1d" }, async function daily() {
    return 1;
  });
  await daily();
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 2 * 86_400_000 });
  onTestFinished(() => void vi.useRealTimers());

  expect(await daily.explain()).toMatchObject({ state: "miss", reason: "expired", entry: { functionName: "daily" } });
  vi.stubEnv("SCALABLE_RECOMPUTE", "daily");
  expect(await daily.explain()).toMatchObject({ state: "miss", reason: "recompute" });
  vi.stubEnv("SCALABLE_CACHE", "off");
  expect(await daily.explain()).toMatchObject({ state: "miss", reason: "cache-off" });
});

test("huge arguments and folders leave little behind, and the place of a change is found all the same", async () => {
  const data = own.ws.resolve("many");
  await mkdir(own.ws.resolve("many/deep"), { recursive: true });
  for (let n = 0; n < 1_500; n += 1) await writeFile(own.ws.resolve(`many/deep/file-number-${n}.csv`), "x");
  await own.ws.write("many/small.csv", "1");
  const series = new Float64Array(100_000);
  const table = Object.fromEntries(Array.from({ length: 2_000 }, (_, n) => [`row ${n}`, { n, text: "x".repeat(100) }]));
  const wide = Object.fromEntries(Array.from({ length: 250 }, (_, n) => [`row${n}`, { n, text: "x".repeat(300) }]));
  const huge = cacheable(
    { args: { params: Object, data: DirType } },
    async function huge(params: object, data: string) {
      return [params, data].length;
    },
  );
  const params = { series, table, wide, text: "y".repeat(100_000) };
  await huge(params, data);

  const sizes = await withClosedIndex((db) => ({
    call: Number(db.prepare("SELECT max(length(call)) AS n FROM entries").get()?.["n"]),
    details: Number(db.prepare("SELECT max(length(text)) AS n FROM details").get()?.["n"]),
  }));
  const changedSeries = series.slice();
  changedSeries[70_000] = 1;
  await writeFile(own.ws.resolve("many/deep/file-number-7.csv"), "y");
  const explanation = await huge.explain({ ...params, series: changedSeries, text: `${params.text}!` }, data);

  expect(sizes.call).toBeLessThan(2_000);
  expect(sizes.details).toBeLessThan(16_384);
  const found = changes(explanation);
  expect(found[0]).toMatch(/^changed: argument params\.series(\[69632…73727\])?: /);
  expect(found[1]).toMatch(/^changed: argument params\.text: "y+…" #\S+ → "y+…" #\S+$/);
  expect(found[2]).toBe("changed: argument data: deep/ changed");
});

test("a value that is redacted leaves no text anywhere, and is said to have changed", async () => {
  const login = cacheable(
    {
      args: { user: String, auth: Object, key: String, log: Ignore },
      redact: ["auth.token", "auth.list[*].pin", "key"],
    },
    async function login(user: string, auth: object, key: string, log: unknown) {
      return [user, auth, key, log].length;
    },
  );
  const auth = (secret: string) => ({ realm: "r", token: secret, list: [{ pin: secret, name: "n" }], deep: { a: 1 } });
  const found = reasons();
  await login("u", auth(`${SECRET}-one`), `${SECRET}-one`, `${SECRET}-one`);
  await login("u", auth(`${SECRET}-two`), `${SECRET}-two`, `${SECRET}-two`);

  const explanation = await login.explain("u", auth(`${SECRET}-three`), `${SECRET}-three`, "");

  expect(changes(explanation)).toEqual([
    "changed: argument auth.token: (redacted) changed",
    "changed: argument auth.list[0].pin: (redacted) changed",
    "changed: argument key: (redacted) changed",
  ]);
  expect(JSON.stringify([explanation, found])).not.toContain(SECRET);
  await withClosedIndex(() => undefined);
  expect(readFileSync(own.ws.resolve("cache/cache.db")).includes(SECRET)).toBe(false);
});

test("an argument that is redacted and not of its type is not shown by the error", async () => {
  const later = z.string().refine(async () => false, { error: ({ input }) => `not ${String(input)}` });
  const login = cacheable(
    { args: { key: Number, pin: later, year: Number }, redact: ["key", "pin"] },
    async function login(key: number, pin: string, year: number) {
      return [key, pin, year].length;
    },
  );
  const errors = await Promise.allSettled([
    login(SECRET as never, "", 1),
    login(1, SECRET, 1),
    login(1, "", "soon" as never),
  ]);

  const refused = errors.map((end) => (end.status === "rejected" ? end.reason : undefined));
  expect(refused.slice(0, 2).map(({ message }) => message)).toEqual(
    ["key", "pin"].map((name) => expect.stringContaining(`login: the argument "${name}" is not of its declared type`)),
  );
  expect(inspect(refused)).not.toContain(SECRET);
  expect(refused[2]).toMatchObject({ code: "E_ARGUMENT_TYPE", message: expect.stringContaining("'soon'") });
});

test("parts of arguments that are ignored leave no text either", async () => {
  const sent = cacheable({ args: { request: { id: Number, secret: Ignore } } }, async function sent(request: object) {
    return Object.keys(request).length;
  });

  await sent({ id: 1, secret: SECRET } as never);

  expect(JSON.stringify(await sent.explain({ id: 2, secret: SECRET } as never))).not.toContain(SECRET);
  await withClosedIndex(() => undefined);
  expect(readFileSync(own.ws.resolve("cache/cache.db")).includes(SECRET)).toBe(false);
});

test("a slip in redact is an error that says what there is", () => {
  const fn = async function login(user: string, key: string) {
    return user + key;
  };

  expect(() => cacheable({ redact: ["password"] }, fn)).toThrow(
    'The option "redact" of cacheable cannot be used: "password" names no parameter (there are user, key).',
  );
  expect(() => cacheable({ redact: "key" as never }, fn)).toThrow("it must be an array of names or paths");
});

test("with hostile or garbled parts and details in the index, an explanation is a worse one, and no more", async () => {
  said();
  const [config, data] = await files();
  const params = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`member${n}`, `value ${n}`]));
  await model(7, params, config, data);
  const texts = [
    "[]",
    "{}",
    "null",
    '["v"',
    '["v",1,2]',
    '["c",[],[],[]]',
    '["f","\u001b[2J","\u202e"]',
    '["v",".x"]',
    "\u001b]0;x\u0007",
  ];
  for (const text of texts) {
    await withClosedIndex((db) => db.prepare("UPDATE details SET text = ?").run(text));
    const explanation = await model.explain(7, { ...params, member3: "other" }, config, data);
    expect(changes(explanation)[0]).toMatch(/^changed: argument params: /);
  }
  const rows = [
    '[["a","scenario","Number","","\u001b[2J\u202e"]]',
    '[["a","params","Object","",null,["\u001b[2J","\u0007"]]]',
    '[["a","params","Object","",null,{"x":1}]]',
    '[["x"]]',
    '[["a","params","Object","zz"]]',
    `[["a","params","Object","",null,"${"A".repeat(30)}"]]`,
    "\u0000",
  ];
  for (const row of rows) {
    await withClosedIndex((db) => db.prepare("UPDATE entries SET call = ?").run(row));
    const text = String(await model.explain(8, params, config, data));
    expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u202e]/u);
    expect(await model(7, params, config, data)).toBe(7);
  }
});

test("without its tables, the index answers as before, and they are made again", async () => {
  const lines = said();
  const [config, data] = await files();
  await model(7, {}, config, data);
  await withClosedIndex((db) => db.exec("DROP TABLE details; DROP TABLE fates; DROP TABLE recent"));
  const found = reasons();

  expect(await model(7, {}, config, data)).toBe(7);
  await model(8, {}, config, data);
  expect(await model.explain(9, {}, config, data)).toMatchObject({ state: "miss", reason: "arguments" });

  expect(found).toEqual([["arguments", "scenario: 7 → 8"]]);
  expect(lines).toEqual([]);
});

test("an edit of the function and a call with other arguments are told apart in another process", async () => {
  const script = (body: string): string => `
    import { cacheable, onEvent } from "scalable";
    onEvent((event) => event.type === "cache" && console.log(event.reason ?? "hit"));
    const simulate = cacheable(async function simulate(scenario) { ${body} });
    for (let scenario = 1; scenario <= Number(process.argv[2]); scenario += 1) await simulate(scenario);`;
  const ran = async (body: string, calls: number): Promise<readonly string[]> => {
    await own.ws.write("flow.js", script(body));
    const { stdout, stderr } = await own.ws.run("flow.js", { args: [String(calls)] });
    expect(stderr).toBe("");
    return stdout.trim().split("\n");
  };

  expect(await ran("return scenario;", 3)).toEqual(["first-call", "arguments", "arguments"]);
  expect(await ran("return scenario;", 4)).toEqual(["hit", "hit", "hit", "arguments"]);
  const edited = await ran("return scenario * 2;", 40);
  expect([...new Set(edited)]).toEqual(["code"]);
});

/** Does something to the index of the cache while nobody has it open. */
async function withClosedIndex<T>(change: Parameters<typeof withIndex<T>>[1]): Promise<T> {
  await defaultCache().close();
  return withIndex(own.ws.resolve("cache"), (db) => {
    db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    return change(db);
  });
}
