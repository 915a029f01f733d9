import type { StandardSchemaV1 } from "@standard-schema/spec";
import { ScalableError } from "../../errors.ts";
import { describeValue } from "../describe.ts";
import { toHex } from "../hasher.ts";
import { kindOf } from "../value-kind.ts";
import { type Constructor, constructorType, notCoercible } from "./constructors.ts";
import { isSchema, schemaType } from "./schema.ts";
import type { DeclaredType, ValueType } from "./type.ts";

/**
 * A type of a parameter or a result: a constructor, `FileType`, `DirType`, `Ignore`, a Standard Schema validator, a type
 * made by `defineType`, an object of types for an object with several parts, or `[type]` for an array of one type.
 */
export type TypeSpec =
  | Constructor
  | DeclaredType
  | StandardSchemaV1
  | { readonly [part: string]: TypeSpec }
  | readonly [TypeSpec];

/**
 * The type that `spec` stands for.
 *
 * @param what - the option that it was given as, for the error.
 */
export function resolveType(spec: TypeSpec, what: string): ValueType {
  if (isSchema(spec)) return schemaType(spec);
  if (typeof spec === "function") return constructorType(spec);
  if (typeof spec === "object" && spec !== null) {
    if (isValueType(spec)) return spec;
    if (!Array.isArray(spec)) {
      const parts = Object.entries(spec as Readonly<Record<string, TypeSpec>>);
      return partsType(new Map(parts.map(([name, part]) => [name, resolveType(part, `${what}.${name}`)])));
    }
    if (spec.length === 1) return listType(resolveType(spec[0] as TypeSpec, `${what}[0]`));
  }
  throw new ScalableError("E_SETTING", `${what} is not a type: ${describeValue(spec)}.`, { setting: what });
}

function isValueType(spec: object): spec is ValueType {
  return "tag" in spec && typeof spec.tag === "string" && "identify" in spec && typeof spec.identify === "function";
}

/** An object, each of whose parts has a type. Parts that are not declared are taken as they are. */
function partsType(parts: ReadonlyMap<string, ValueType>): ValueType {
  const isRecord = (value: unknown): value is Record<string, unknown> =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  return {
    tag: `{${[...parts.keys()].sort().join(",")}}`,
    coerce(value, site) {
      if (!isRecord(value) || !isAllInProperties(value)) {
        throw notCoercible(value, `an object with ${[...parts.keys()].join(", ")}`, site);
      }
      const coerced: Record<string, unknown> = { ...value };
      const waiting: Promise<void>[] = [];
      for (const [name, type] of parts) {
        if (type.ignored === true || !Object.hasOwn(coerced, name) || coerced[name] === undefined) continue;
        const part = type.coerce(coerced[name], { ...site, parameter: `${site.parameter}.${name}` });
        if (part instanceof Promise)
          waiting.push(
            part.then((ended: unknown) => {
              coerced[name] = ended;
            }),
          );
        else coerced[name] = part;
      }
      return waiting.length === 0 ? coerced : Promise.all(waiting).then(() => coerced);
    },
    identify(value, identification, label) {
      const names = Object.keys(value as object).sort();
      const members = names.map((name) => {
        const type = parts.get(name);
        const part = (value as Record<string, unknown>)[name];
        if (type?.ignored === true) return undefined;
        if (type === undefined || part === undefined) {
          return { name, tag: "", digest: identification.digestValue(part, `${label}.${name}`) };
        }
        return { name, tag: type.tag, digest: type.identify(part, identification, `${label}.${name}`) };
      });
      const finish = (digests: readonly (Uint8Array | undefined)[]): Uint8Array => {
        const pairs = members.flatMap((member, place) => {
          const digest = digests[place];
          return member === undefined || digest === undefined
            ? []
            : [[member.name, [member.tag, toHex(digest)]] as const];
        });
        return identification.digestValue(Object.fromEntries(pairs), label);
      };
      return settle(
        members.map((member) => member?.digest),
        finish,
      );
    },
    accepts(value) {
      if (!isRecord(value)) return false;
      const verdicts = [...parts].map(([name, type]) => Object.hasOwn(value, name) && type.accepts(value[name]));
      return settle(verdicts, (all) => all.every(Boolean));
    },
    result: { form: "parts", parts },
  };
}

/** Whether an object is what its properties say; a `Map`, for one, is not, and its copy would be empty. */
function isAllInProperties(value: object): boolean {
  const kind = kindOf(value);
  return "base" in kind && kind.base === "object" && Object.getOwnPropertySymbols(value).length === 0;
}

function listType(member: ValueType): ValueType {
  return {
    tag: `[${member.tag}]`,
    coerce(value, site) {
      if (!Array.isArray(value)) throw notCoercible(value, "an array", site);
      if (member.ignored === true) return value;
      return settle(
        // Unlike map, this visits absent elements too: they are undefined to the function.
        Array.from(value as readonly unknown[], (element, place) =>
          member.coerce(element, { ...site, parameter: `${site.parameter}[${place}]` }),
        ),
        (all) => all,
      );
    },
    identify(value, identification, label) {
      const digests = (value as readonly unknown[]).map((element, place) =>
        member.identify(element, identification, `${label}[${place}]`),
      );
      return settle(digests, (all) =>
        identification.digestValue(
          all.map((digest) => [member.tag, toHex(digest)]),
          label,
        ),
      );
    },
    accepts: (value) =>
      Array.isArray(value) &&
      settle(
        Array.from(value, (element) => member.accepts(element)),
        (all) => all.every(Boolean),
      ),
    result: { form: "list", member },
  };
}

/** Goes on with all values, at once where none of them has to be waited for. */
function settle<T, R>(values: readonly (T | Promise<T>)[], then: (values: readonly T[]) => R): R | Promise<R> {
  if (values.some((value) => value instanceof Promise)) return Promise.all(values).then(then);
  return then(values as readonly T[]);
}
