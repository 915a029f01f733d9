import type { ValueType } from "../identify/types/type.ts";

/** A result in the form in which it is stored, by its declared type. The result itself is left as it is. */
export function toStored(type: ValueType, value: unknown): unknown {
  return convert(type, value, (form, part) => form.toStored(part));
}

/** A result from the form in which it was stored. */
export function fromStored(type: ValueType, stored: unknown): unknown {
  return convert(type, stored, (form, part) => form.fromStored(part));
}

const forms = new WeakMap<ValueType, string>();

/**
 * The conversions of a type, as text: the same for types that store a result alike, and empty where nothing is
 * converted. What was stored in one form is never read in another.
 */
export function storedForm(type: ValueType | undefined): string {
  if (type === undefined || !isConverting(type)) return "";
  const known = forms.get(type);
  if (known !== undefined) return known;
  const form = JSON.stringify(conversions(type));
  forms.set(type, form);
  return form;
}

function conversions({ result }: ValueType): unknown {
  if (result.form === "converted") return result.name;
  if (result.form === "list") return [conversions(result.member)];
  if (result.form !== "parts") return null;
  const converting = [...result.parts].filter(([, part]) => isConverting(part)).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(converting.map(([name, part]) => [name, conversions(part)]));
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
