import { expect } from "vitest";
import type { Child } from "../rig/child.ts";
import { folderPlace, type Place, s3Place, s3Unavailable } from "../store/remote/remotes.ts";
import { output } from "./rig.ts";
import { type ClusterProject, type ClusterProjectOptions, onCluster, testsOn } from "./slurm-rig.ts";

/* Where results of jobs are kept, and calls whose results are kept nowhere. */

const OPTIONS: ClusterProjectOptions = {
  tasks: { uncached: { component: "main", cache: false } },
  work: `
    import { mkdirSync, readFileSync } from "node:fs";
    import { FileType } from "scalable";
    export const long = cacheable({ name: "long", code: "name" }, function long(length) {
      ran("long");
      return Array.from({ length }, (_, n) => n / 7);
    });
    export const table = cacheable({ name: "table", code: "name", returnType: FileType }, function table(n) {
      ran("table");
      mkdirSync("out", { recursive: true });
      writeFileSync("out/table.csv", "n\\n" + n);
      return "out/table.csv";
    });
    export const lines = cacheable({ name: "lines", code: "name", args: { file: FileType } }, function lines(file) {
      ran("lines");
      return readFileSync(file, "utf8").split("\\n").length;
    });
    export function uncached(n) { ran("uncached " + n); return n; }
    export function plain(n) { ran("plain " + n); return n; }`,
};

const BODY = `
  const [double, long, table] = [client.submit(work.double, [21]), client.submit(work.long, [650_000]), client.submit(work.table, [4])];
  const values = await long;
  out.results = [await double, values.length, values.at(-1), await table];`;
const RESULTS = [42, 650_000, 649_999 / 7, "out/table.csv"];
const RAN = ["double 21", "long", "table"];

const PLACES: readonly {
  readonly kind: string;
  readonly unavailable?: string | undefined;
  readonly make: (project: ClusterProject) => Promise<Place>;
}[] = [
  { kind: "a folder", make: ({ ws }) => folderPlace(ws) },
  { kind: "S3", unavailable: s3Unavailable, make: () => s3Place() },
];

/** What makes a session one of another machine. */
const machine = (name: string, place?: Place): Record<string, string | undefined> => ({
  ...place?.env,
  ...(place !== undefined && { SCALABLE_CACHE_REMOTE: place.url }),
  SCALABLE_CACHE_DIR: `cache-${name}`,
});

for (const { kind, unavailable, make: makePlace } of PLACES) {
  const onPlace = unavailable === undefined ? onCluster : testsOn({ unavailable });
  onPlace(`results are shared by ${kind}, long ones and files too`, async (make) => {
    const project = await make(OPTIONS);
    const place = await makePlace(project);

    expect(await project.run(BODY, { env: machine("one", place) })).toEqual({ results: RESULTS });
    expect(await project.ran()).toEqual(RAN);

    const submitted = await project.calls("sbatch");
    for (const name of ["one", "two"]) {
      await project.ws.write("out/table.csv", "overwritten");
      expect(await project.run(BODY, { env: machine(name, place) })).toEqual({ results: RESULTS });
      expect(await project.ws.read("out/table.csv")).toBe("n\n4");
    }
    expect(await project.ran()).toEqual(RAN);
    expect(await project.calls("sbatch")).toEqual(submitted);
  });
}

onCluster(
  "where a shared cache is only read, results come from the jobs, and are kept on this machine",
  async (make) => {
    const project = await make(OPTIONS);
    const place = await folderPlace(project.ws, "mode=read");

    expect(await project.run(BODY, { env: machine("one", place) })).toEqual({ results: RESULTS });
    await project.ws.write("out/table.csv", "overwritten");
    expect(await project.run(BODY, { env: machine("one", place) })).toEqual({ results: RESULTS });
    expect(await project.ws.read("out/table.csv")).toBe("n\n4");
    expect(await project.ran()).toEqual(RAN);

    expect(await project.run(BODY, { env: machine("two", place) })).toEqual({ results: RESULTS });
    expect(await project.ran()).toEqual([...RAN, ...RAN].sort());
  },
);

onCluster("results that no session has taken yet are there for the next one, once", async (make) => {
  const project = await make(OPTIONS);
  const env = machine("one", await folderPlace(project.ws, "mode=read"));
  const body = `
    const futures = client.map(work.gatedCached, ["a"]);
    console.log("ready");
    out.results = await client.gather(futures);`;
  await (await started(project, body, env)).kill();
  await project.ws.write("go-a", "");
  await project.marked("end", 1);

  expect(await project.run(body, { env })).toEqual({ results: ["a"] });
  expect(await project.run(body, { env })).toEqual({ results: ["a"] });
  expect(await project.ran()).toEqual(["gatedCached a"]);
  expect(await project.calls("sbatch")).toHaveLength(1);
});

async function started(project: ClusterProject, body: string, env: Record<string, string | undefined>): Promise<Child> {
  const child = await project.start(body, { env });
  await project.file("began-a");
  return child;
}

onCluster("what is not cached is computed each time", async (make) => {
  const project = await make(OPTIONS);
  const body =
    "out.results = await client.gather([client.submit(work.uncached, [1]), client.submit(work.plain, [2])]);";
  for (const _ of ["first", "second"]) expect(await project.run(body)).toEqual({ results: [1, 2] });
  expect(await project.ran()).toEqual(["plain 2", "plain 2", "uncached 1", "uncached 1"]);
});

onCluster("without a cache, all calls are computed each time", async (make) => {
  const project = await make(OPTIONS);
  const env = { SCALABLE_CACHE: "off" };
  for (const _ of ["first", "second"]) expect(await project.run(BODY, { env })).toEqual({ results: RESULTS });
  expect(await project.ran()).toEqual([...RAN, ...RAN].sort());
});

onCluster("computed anew on request, though a job of an earlier session has the result", async (make) => {
  const project = await make(OPTIONS);
  const body = `
    const futures = client.map(work.gatedCached, ["a"]);
    console.log("ready");
    out.results = await client.gather(futures);`;
  await (await started(project, body, {})).kill();
  await project.ws.write("go-a", "");
  await project.marked("end", 1);

  expect(await project.run(body, { env: { SCALABLE_RECOMPUTE: "gatedCached" } })).toEqual({ results: ["a"] });
  expect(await project.ran()).toEqual(["gatedCached a", "gatedCached a"]);
  expect(await project.run(body)).toEqual({ results: ["a"] });
  expect(await project.ran()).toEqual(["gatedCached a", "gatedCached a"]);
});

onCluster("a call whose code or file is edited before its job starts is not computed", async (make, cluster) => {
  const project = await make({ ...OPTIONS, target: { extra: ["--hold"] } });
  const source = (factor: number): string => `
    import { appendFileSync } from "node:fs";
    import { cacheable } from "scalable";
    export const edited = cacheable(async function edited(n) { appendFileSync("ran", "edited\\n"); return n * ${factor}; });`;
  const body = `
    const { edited } = await import("./edited.ts");
    const futures = [client.submit(edited, [7]), client.submit(work.lines, ["data/lines.txt"])];
    console.log("ready");
    out.results = await Promise.all(futures.map(async (future) => { const { value, code } = await caught(future); return value ?? code; }));`;
  await project.ws.write("edited.ts", source(1));
  await project.ws.write("data/lines.txt", "one\ntwo");
  const child = await project.start(body);
  const job = await project.jobOf("edited");
  await project.jobOf("lines");

  await project.ws.write("edited.ts", source(2));
  await project.ws.write("data/lines.txt", "one\ntwo\nthree");
  await cluster.run("scontrol", ["release", job.split("_")[0] ?? ""]);
  expect(output(await child.finished)).toEqual({ results: ["E_CALL_CHANGED", "E_CALL_CHANGED"] });
  expect(await project.ran()).toEqual([]);

  const next = await project.start(body);
  await project.queueIs((queue) => queue.length > 0);
  for (const line of await project.queue()) await cluster.run("scontrol", ["release", line.split("_")[0] ?? ""]);
  expect(output(await next.finished)).toEqual({ results: [14, 3] });

  await project.ws.write("edited.ts", source(1));
  await project.ws.write("data/lines.txt", "one\ntwo");
  const last = await project.start(body);
  await project.queueIs((queue) => queue.length > 0);
  for (const line of await project.queue()) await cluster.run("scontrol", ["release", line.split("_")[0] ?? ""]);
  expect(output(await last.finished)).toEqual({ results: [7, 2] });
  expect(await project.ran()).toEqual(["edited", "edited", "lines", "lines"]);
});
