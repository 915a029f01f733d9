import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { editorSchemaText } from "../../src/manifest/editor-schema.ts";

const FILE = path.resolve(import.meta.dirname, "../../docs/formats/manifest.schema.json");

test("the schema for editors is that of the sources: run node scripts/manifest-schema.ts", () => {
  expect(JSON.parse(readFileSync(FILE, "utf8"))).toEqual(JSON.parse(editorSchemaText()));
});

test("it knows each section, the options of each provider, and variables in place of numbers", () => {
  const schema = JSON.parse(editorSchemaText());
  expect(schema.required).toEqual(["version", "project"]);
  expect(Object.keys(schema.properties)).toEqual([
    ...["version", "project", "targets", "components", "tasks", "overlays"],
  ]);
  const [local, slurm] = schema.properties.targets.additionalProperties.anyOf;
  expect(local.properties).toHaveProperty("max_workers.anyOf", [
    expect.objectContaining({ type: "integer" }),
    { type: "string", pattern: "\\$\\{" },
  ]);
  expect(local.additionalProperties).toBe(false);
  expect(slurm.properties).toMatchObject({ provider: { const: "slurm" }, work_dir: { default: ".scalable/slurm" } });
  expect(slurm.properties.calls_per_job.anyOf).toContainEqual({ type: "string", const: "auto" });
  expect(slurm.additionalProperties).toBe(false);
});
