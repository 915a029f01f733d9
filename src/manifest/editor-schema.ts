import * as z from "zod";
import { providers } from "./providers.ts";
import { manifestSchemaWith, targetShape } from "./schema.ts";

/** A whole value, or a part of it, that is known only when the manifest is read. */
const VARIABLE = { type: "string", pattern: "\\$\\{" } as const;

/** The JSON Schema of a manifest, for editors. Where a number or a boolean is asked for, a variable will do. */
export function editorSchemaText(): string {
  const targets = [...providers].map(([name, { schema }]) =>
    z.strictObject({ ...targetShape, provider: z.literal(name), ...schema.shape }),
  );
  const schema = z.toJSONSchema(manifestSchemaWith(z.union(targets)), {
    target: "draft-07", // the one that editors know
    io: "input",
    reused: "inline",
    override({ jsonSchema, path }) {
      if (path.at(-1) === "version") return;
      if (!["number", "integer", "boolean"].some((type) => type === jsonSchema.type)) return;
      const { description, default: value, ...type } = jsonSchema;
      for (const key of Object.keys(type)) delete jsonSchema[key];
      Object.assign(jsonSchema, { anyOf: [type, VARIABLE] });
    },
  });
  const { $schema, ...rest } = schema;
  return `${JSON.stringify({ $schema, title: "scalable.yaml", ...rest }, null, 2)}\n`;
}
