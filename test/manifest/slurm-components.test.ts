import { expect, test } from "vitest";
import { resolveTarget } from "../../src/manifest/manifest.ts";
import { HEAD, manifestOf, placesOf, problemsOf } from "./manifest-file.ts";

const TARGETS = "targets: {local: {provider: local}, hpc: {provider: slurm}}\n";

test.each([
  [
    "cpus: 1.5",
    "E_BAD_VALUE 4:24",
    "components.a.cpus is 1.5, but must be a whole number on a target with provider: slurm.",
  ],
  [
    "image: a.sif",
    "E_MISSING_KEY 4:18",
    "components.a.image needs a runtime on a target with provider: slurm: add runtime: apptainer, or what else runs it there (none: calls run without it).",
  ],
  [
    "runtime: docker",
    "E_MISSING_KEY 4:18",
    "components.a.runtime needs an image on a target with provider: slurm: add image, or remove the runtime.",
  ],
])("%s is a problem where a target is on Slurm, and only there", async (component, place, message) => {
  const content = (targets: string) => `${HEAD}${targets}components: {a: {${component}}}\n`;

  const [problem] = await problemsOf(content(TARGETS));

  expect(await placesOf(content(TARGETS))).toEqual([place]);
  expect(problem?.message).toBe(message);
  expect(await placesOf(content("targets: {local: {provider: local}}\n"))).toEqual([]);
});

test.each(["cpus: 2", "cpus: 2.0", "image: a.sif, runtime: apptainer", "image: a.sif, runtime: none", "runtime: none"])(
  "%s is none",
  async (component) => {
    expect(await placesOf(`${HEAD}${TARGETS}components: {a: {${component}}}\n`)).toEqual([]);
  },
);

test("what is wrong everywhere is one problem", async () => {
  const content = `${HEAD}${TARGETS}components: {a: {cpus: -1.5}, b: {cpus: many}, c: {image: }, d: {image: x, runtime: lxc}}\n`;
  expect(await placesOf(content)).toEqual([
    "E_BAD_VALUE 4:24",
    "E_BAD_VALUE 4:41",
    "E_BAD_VALUE 4:52",
    "E_BAD_VALUE 4:85",
  ]);
});

test("several targets that see the same make one problem", async () => {
  const content = `${HEAD}targets: {a: {provider: slurm}, b: {provider: slurm, queue: x}}\ncomponents: {a: {cpus: 1.5}}\n`;
  expect(await placesOf(content)).toEqual(["E_BAD_VALUE 4:24"]);
});

test("an overlay makes a component fit, or not", async () => {
  const content = (slurm: string) => `${HEAD}targets:
  local: {provider: local}
  hpc: {provider: slurm, overlay: {components: {a: {${slurm}}}}}
components: {a: {cpus: 0.5, image: a.sif}}
`;
  const manifest = await manifestOf(content("cpus: 4, runtime: apptainer"));

  expect(resolveTarget(manifest, "hpc").components.get("a")).toMatchObject({ cpus: 4, runtime: "apptainer" });
  expect(resolveTarget(manifest, "local").components.get("a")).toMatchObject({ cpus: 0.5, image: "a.sif" });
  expect(await placesOf(content("cpus: 4.5, runtime: none"))).toEqual(["E_BAD_VALUE 5:59"]);
  expect(await placesOf(content("cpus: 4"))).toEqual(["E_MISSING_KEY 6:29"]);
});
