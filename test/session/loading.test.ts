import { expect, test } from "vitest";
import { workspace } from "../rig/workspace.ts";
import { KINDS, manifest, output, project, ran, run } from "./rig.ts";

test("TypeScript is run by node itself, and by tsx with enums and the path aliases of its settings", async () => {
  const ws = await workspace();
  const tsx = new URL("../../node_modules/tsx/dist/loader.mjs", import.meta.url).href;
  await ws.write("scalable.yaml", manifest());
  await ws.write("tsconfig.json", JSON.stringify({ compilerOptions: { paths: { "@lib/*": ["./library/*"] } } }));
  await ws.write(
    "library/fuel.ts",
    "export enum Fuel { Wind = 3, Sun = 4 }\nexport const share = (fuel: Fuel): number => fuel * 10;",
  );
  await ws.write(
    "plain.ts",
    "export interface Row { readonly n: number }\nexport const plain = (row: Row): number => row.n as number;",
  );
  await ws.write(
    "node.ts",
    `import { isMain, ScalableSession } from "scalable";
     import { plain, type Row } from "./plain.ts";
     if (isMain(import.meta)) {
       const session = await ScalableSession.fromYaml();
       const rows: Row[] = [{ n: 5 }];
       console.log(JSON.stringify({ n: await session.start().gather(session.start().map(plain, rows)) }));
       await session.close();
     }`,
  );
  await ws.write(
    "tsx.ts",
    `import { cacheable, isMain, ScalableSession } from "scalable";
     import { Fuel, share } from "@lib/fuel";
     export const cached = cacheable({ name: "cached", code: "name" }, (fuel: Fuel) => share(fuel) + 1);
     if (isMain(import.meta)) {
       const session = await ScalableSession.fromYaml();
       const client = session.start();
       console.log(JSON.stringify({ n: await client.gather([client.submit(share, [Fuel.Wind]), client.submit(cached, [Fuel.Sun])]) }));
       await session.close();
     }`,
  );

  expect(output(await ws.run("node.ts"))).toEqual({ n: [5] });
  for (const { processes } of KINDS) {
    await ws.write("scalable.yaml", manifest({ processes }));
    expect(output(await ws.run("tsx.ts", { nodeOptions: ["--import", tsx] }))).toEqual({ n: [30, 41] });
  }
});

test("node's own options are no obstacle to threads", async () => {
  const ws = await project();

  const out = await run(ws, "out.n = await client.submit(work.double, [4]);", {
    nodeOptions: ["--max-old-space-size=500", "--expose-gc", "--title=session"],
  });

  expect(out).toEqual({ n: 8 });
  expect(await ran(ws)).toEqual(["double 4"]);
});
