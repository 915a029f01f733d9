import { expect, test } from "vitest";
import { cli } from "../rig/cli.ts";
import { withIndex } from "../store/local-rig.ts";
import { KINDS, manifest, project, run } from "./rig.ts";

const MODEL = `
import { cacheable } from "scalable";
import { share } from "./share.ts";

const nested = cacheable({ name: "nested" }, async function nested() { return 1; });
export const model = cacheable(async function model(n, grid) { return share(n) + (await nested()); });
`;
const WITH = `const { model } = await import("./model.ts");
const grid = Array.from({ length: 2000 }, (_, place) => place + (process.env.STEP === "2" ? 1 : 0)); `;

test.each(KINDS)("what workers computed is explained however soon they end, with $kind", async (kind) => {
  const ws = await project(manifest({ ...kind, maxWorkers: 1 }));
  await ws.write("share.ts", "export const share = (n) => n / 4;\n");
  await ws.write("model.ts", MODEL);
  const body = `${WITH} await client.gather([1, 2].map((n) => client.submit(model, [n, grid])));`;
  await run(ws, body);

  await ws.write("share.ts", "export const share = (n) => n / 2;\n");
  const impact = await cli(["impact"], { cwd: ws.path });
  await run(ws, body, { env: { STEP: "2" } });
  const why = await cli(["why", "--latest"], { cwd: ws.path });

  expect(impact.stdout).toMatch(/share\.ts:1 +model → share/);
  expect(why.stdout).toContain("2 × model: code (share (share.ts:1))");
  expect(why.stdout).toContain("changed: code: share (share.ts:1), reached through model → share");
  expect(why.stdout).toMatch(/changed: argument grid\S*\[/);
  const listed = await cli(["cache", "list", "--json", "--function", "model", "--limit", "2"], { cwd: ws.path });
  for (const { key } of JSON.parse(listed.stdout) as { key: string }[]) {
    const { stdout } = await cli(["why", key], { cwd: ws.path });
    expect(stdout).toContain("changed: code: share (share.ts:1)");
    expect(stdout).toContain("same: argument n");
  }
  const hits = await withIndex(ws.resolve("cache"), (index) =>
    index.prepare("SELECT sum(hits) AS hits FROM entries WHERE function = 'nested'").get(),
  );
  expect(hits?.["hits"]).toBeGreaterThan(0);
});
