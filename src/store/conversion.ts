import type { ValueType } from "../identify/types/type.ts";

/** A result in the form in which it is stored, by its declared type. The result itself is left as it is. */
export function toStored(type: ValueType, value: unknown): unknown {
  return convert(type, value, (form, part) => form.toStored(part));
}

/** A result from the form in which it was stored. */
export function fromStored(type: ValueType, stored: unknown): unknown {
  return convert(type, stored, (form, part) => form.fromStored(part));
}

type Converted = Extract<ValueType["result"], { form: "converted" }>;

function convert(type: ValueType, value: unknown, apply: (form: Converted, part: unknown) => unknown): unknown {
  const { result } = type;
  if (result.form === "converted") return apply(result, value);
  if (result.form === "list" && Array.isArray(value) && isConverting(result.member)) {
    return value.map((member: unknown) => convert(result.member, member, apply));
  }
  if (result.form === "parts" && typeof value === "object" && value !== null && isConverting(type)) {
    const copy: Record<string, unknown> = { ...value };
    for (const [name, part] of result.parts) {
      if (Object.hasOwn(copy, name)) copy[name] = convert(part, copy[name], apply);
    }
    return copy;
  }
  return value;
}

function isConverting({ result }: ValueType): boolean {
  if (result.form === "list") return isConverting(result.member);
  if (result.form === "parts") return [...result.parts.values()].some(isConverting);
  return result.form === "converted";
}
