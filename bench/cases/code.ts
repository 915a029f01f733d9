import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Bench, Case } from "../case.ts";
import { run } from "../fixtures.ts";
import { alternate, type Side } from "../measure.ts";
import { rowsOf } from "../row.ts";

const MODULES = 200;
const FUNCTIONS = 40;
/** Beyond the time in which a written file is not remembered. */
const SETTLE_MS = 2_500;

const FUNCTION = 'code: "function"';

/** What the digest of code costs at the first use of a function, beside that of its own text alone. */
export const code: Case = {
  name: "code",
  async run(bench) {
    const folder = bench.folder("project");
    writeProject(folder);
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const options = { rounds: bench.rounds(15), warmups: 1 };
    const first = await alternate(
      ["closure", "function"].map((kind) => side(bench, folder, { kind, memo: "empty" })),
      options,
    );
    const again = await alternate(
      ["closure", "function"].map((kind) => side(bench, folder, { kind, memo: "filled" })),
      options,
    );
    const what = `${FUNCTIONS} functions of a project of ${MODULES} modules (0.7 MB); mean over the functions`;
    return [
      ...rowsOf(first, [
        {
          name: "code, first",
          measured: `First use of each function in a new process with an empty cache: ${what}.`,
          peer: FUNCTION,
          target: { kind: "difference", atMost: 0.005 },
        },
      ]),
      ...rowsOf(again, [
        {
          name: "code, unchanged",
          measured: `The same in a new process when nothing has changed: ${what}.`,
          peer: FUNCTION,
          target: { kind: "difference", atMost: 0.0002 },
        },
      ]),
    ];
  },
};

function side(
  bench: Bench,
  folder: string,
  { kind, memo }: { readonly kind: string; readonly memo: "empty" | "filled" },
): Side {
  return {
    name: kind === "closure" ? "scalable" : FUNCTION,
    async prepare() {
      const cache = join(bench.folder(kind), "cache");
      const measure = (): number =>
        Number(run(process.execPath, [join(folder, "measure.ts"), kind, cache]).trim()) / FUNCTIONS / 1000;
      if (memo === "filled") measure();
      return async () => {
        if (memo === "empty") rmSync(cache, { recursive: true, force: true });
        return measure();
      };
    },
  };
}

/** A tree of modules, each of which uses the two below it; functions that begin all over it. */
function writeProject(folder: string): void {
  mkdirSync(join(folder, "lib"));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(fileURLToPath(new URL("../..", import.meta.url)), join(folder, "node_modules/scalable"), "dir");
  writeFileSync(join(folder, "package.json"), '{ "name": "project", "private": true, "type": "module" }\n');
  for (let place = 0; place < MODULES; place += 1) writeFileSync(join(folder, `lib/m${place}.ts`), moduleText(place));
  const functions = Array.from({ length: FUNCTIONS }, (_, place) => place * Math.floor(MODULES / FUNCTIONS));
  writeFileSync(
    join(folder, "model.ts"),
    `import { cacheable } from "scalable";
const code = process.argv[2] as "closure" | "function";
${functions.map((place) => `import { f${place} } from "./lib/m${place}.ts";`).join("\n")}
export const all = [
${functions.map((place) => `  cacheable({ code, name: "run${place}" }, async function run${place}(x: number) { return f${place}(x); }),`).join("\n")}
];
`,
  );
  writeFileSync(
    join(folder, "measure.ts"),
    `process.env["SCALABLE_CACHE_DIR"] = process.argv[3];
const { all } = await import("./model.ts");
const { cacheable } = await import("scalable");
// The index is opened and the hash loaded before.
await cacheable({ name: "warm", code: "function" }, async function warm(x: number) { return x; })(1);
const startedAt = performance.now();
for (const f of all) await f.key(1);
console.log(performance.now() - startedAt);
`,
  );
}

function moduleText(place: number): string {
  const below = [2 * place + 1, 2 * place + 2].filter((child) => child < MODULES);
  const helpers = Array.from(
    { length: 12 },
    (_, helper) => `
/** Helper ${helper} of module ${place}. */
export function h${place}_${helper}(x: number, options: { factor: number; name: string }): number {
  const scaled = x * ${helper} + options.factor;
  if (scaled > 10) {
    for (let step = 0; step < 3; step += 1) console.log(step, options.name);
  }
  return scaled + C${place};
}
`,
  );
  return `${below.map((child) => `import { C${child}, f${child} } from "./m${child}.ts";`).join("\n")}

export const C${place} = ${place};
${helpers.join("")}
export function f${place}(x: number): number {
  const own = h${place}_0(x, { factor: 1, name: "a" }) + h${place}_1(x, { factor: 2, name: "b" });
  return own${below.map((child) => ` + f${child}(x) * C${child}`).join("")};
}
`;
}
