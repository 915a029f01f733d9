import type { StandardSchemaV1 } from "@standard-schema/spec";
import { ScalableError } from "../../errors.ts";
import { describeValue } from "../describe.ts";
import type { Site, ValueType } from "./type.ts";

export function isSchema(value: unknown): value is StandardSchemaV1 {
  return (typeof value === "object" || typeof value === "function") && value !== null && "~standard" in value;
}

/** The type that a Standard Schema validator (Zod, Valibot, ArkType, …) stands for. */
export function schemaType(schema: StandardSchemaV1): ValueType {
  const validate = schema["~standard"].validate;
  return {
    tag: "schema",
    coerce(value, site) {
      const result = validate(value);
      return result instanceof Promise
        ? result.then((ended) => outputOf(ended, value, site))
        : outputOf(result, value, site);
    },
    identify: (value, identification, label) => identification.digestValue(value, label),
    accepts(value) {
      const result = validate(value);
      return result instanceof Promise ? result.then((ended) => !ended.issues) : !result.issues;
    },
    result: { form: "plain" },
  };
}

function outputOf(result: StandardSchemaV1.Result<unknown>, value: unknown, site: Site): unknown {
  if (!result.issues) return result.value;
  const issues = result.issues.map((issue) => {
    const path = (issue.path ?? []).map((part) => String(typeof part === "object" ? part.key : part)).join(".");
    return path === "" ? issue.message : `${path}: ${issue.message}`;
  });
  throw new ScalableError(
    "E_ARGUMENT_TYPE",
    `${site.functionName}: the argument "${site.parameter}" does not satisfy its schema: ${issues.join("; ")} (it is ${describeValue(value)}).`,
    site,
  );
}
