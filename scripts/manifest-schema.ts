/*
 * node scripts/manifest-schema.ts
 *
 * Writes docs/formats/manifest.schema.json, by which editors check and complete a manifest, from the schema that the
 * manifest is checked by. A test holds the file to it.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { editorSchemaText } from "../src/manifest/editor-schema.ts";

const root = path.resolve(import.meta.dirname, "..");
const file = path.join(root, "docs/formats/manifest.schema.json");
writeFileSync(file, editorSchemaText());
const biome = path.join(root, "node_modules/@biomejs/biome/bin/biome");
execFileSync(process.execPath, [biome, "format", "--write", file], { cwd: root });
