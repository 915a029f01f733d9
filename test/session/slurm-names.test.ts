import { readdir } from "node:fs/promises";
import path from "node:path";
import { expect } from "vitest";
import { output, program, WORK } from "./rig.ts";
import { manifestOf, onCluster } from "./slurm-rig.ts";

/* What is a name, a value or a path is nothing else to a shell, to Slurm or to JSON. */

/** Without a slash, it is a name of a folder too; without braces, a manifest takes it as it is. */
const NASTY = `a b  'c' "d" $(touch pwned) \`touch pwned\` $HOME %a %j %% ; touch pwned & | > < * ? ~ ! # \\ \\n ü 漢 😀`;
/** Neither Node.js, where it loads modules, nor Slurm, where it writes output, takes a backslash in a path. */
const FOLDER = NASTY.replaceAll("\\", "");
const LINES = `${NASTY}\n#SBATCH --hold\n$(touch pwned)\nend`;

const ECHO = `${WORK}
const echoed = (value) => ({ value, text: process.env["TEXT"], own: process.env["OWN"], cwd: process.cwd() });
export const echo = cacheable({ name: "echo", code: "name" }, function echo(value) { return echoed(value); });
export function größe$(value) { return echoed(value); }
`;

onCluster("names, arguments, variables and folders of any kind arrive as they are", async (make) => {
  const project = await make();
  const { ws } = project;
  const folder = `${FOLDER}\nend`;
  const manifest = manifestOf({
    settings: { name: NASTY },
    target: { work_dir: `jobs of ${FOLDER}` },
    components: { [NASTY]: { memory: "300MB", env: { TEXT: LINES } } },
    tasks: { [NASTY]: { component: NASTY, timeout: "1h" } },
  });
  await ws.write(path.join(folder, "scalable.yaml"), manifest);
  await ws.write(path.join(folder, "work.ts"), ECHO);
  const body = `
    const [text, lines] = ${JSON.stringify([NASTY, LINES])};
    out.cached = await client.submit(work.echo, [{ [text]: lines }], { name: lines, task: text });
    out.plain = await client.submit(work.größe$, [text], { name: text });`;
  await ws.write(path.join(folder, "main.ts"), program(body));

  const cwd = ws.resolve(folder);
  const env = { ...project.env, OWN: LINES };
  const finished = await ws.run(path.join(folder, "main.ts"), { cwd, env });

  const seen = { text: LINES, own: LINES, cwd };
  expect(output(finished)).toEqual({
    cached: { ...seen, value: { [NASTY]: LINES } },
    plain: { ...seen, value: NASTY },
  });
  const names = await readdir(ws.path, { recursive: true });
  expect(names.filter((name) => path.basename(name) === "pwned")).toEqual([]);
  const logs = names.filter((name) => name.endsWith(".log")).map((name) => path.basename(name));
  expect(logs).toContain("0.log");
  await project.queueIsEmpty();
});

onCluster("a folder that Slurm could write no output to is refused", async (make) => {
  const project = await make({ target: { work_dir: "back\\slash" } });
  const { code, stderr } = await project.finish("out.double = await client.submit(work.double, [1]);");
  expect(code).toBe(1);
  expect(stderr).toContain("(work_dir) has a backslash in its path, where jobs could not write output");
});
