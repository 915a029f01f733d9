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
      const given = [...parts].filter(
        ([name, type]) => type.ignored !== true && Object.hasOwn(coerced, name) && coerced[name] !== undefined,
      );
      return settle(
        given.map(
          ([name, type]) =>
            (): unknown =>
              type.coerce(coerced[name], { ...site, parameter: `${site.parameter}.${name}` }),
        ),
        (all) => Object.assign(coerced, Object.fromEntries(given.map(([name], place) => [name, all[place]]))),
      );
    },
    identify(value, identification, label) {
      const record = value as Readonly<Record<string, unknown>>;
      const members = Object.keys(record)
        .sort()
        .filter((name) => parts.get(name)?.ignored !== true)
        .map((name) => ({ name, type: record[name] === undefined ? undefined : parts.get(name) }));
      return settle(
        members.map(({ name, type }) => () => {
          const place = `${label}.${name}`;
          return type === undefined
            ? identification.digestValue(record[name], place)
            : type.identify(record[name], identification, place);
        }),
        (digests) => {
          const pairs = members.map(({ name, type }, place) => {
            const digest = digests[place] ?? new Uint8Array(0);
            return [name, [type?.tag ?? "", toHex(digest)]] as const;
          });
          return identification.digestValue(Object.fromEntries(pairs), label);
        },
      );
    },
    accepts(value) {
      if (!isRecord(value)) return false;
      const verdicts = [...parts].map(
        ([name, type]) =>
          () =>
            Object.hasOwn(value, name) && type.accepts(value[name]),
      );
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
        Array.from(
          value as readonly unknown[],
          (element, place) => (): unknown =>
            member.coerce(element, { ...site, parameter: `${site.parameter}[${place}]` }),
        ),
        (all) => all,
      );
    },
    identify(value, identification, label) {
      const digests = Array.from(
        value as readonly unknown[],
        (element, place) => () => member.identify(element, identification, `${label}[${place}]`),
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
        Array.from(value, (element) => () => member.accepts(element)),
        (all) => all.every(Boolean),
      ),
    result: { form: "list", member },
  };
}

/**
 * Makes all values and goes on with them, at once where none has to be waited for. Where one throws, those before it may
 * be promises that fail later; the first error is the one to tell, and the others are nobody's.
 */
function settle<T, R>(make: readonly (() => T | Promise<T>)[], then: (values: readonly T[]) => R): R | Promise<R> {
  const values: (T | Promise<T>)[] = [];
  try {
    for (const value of make) values.push(value());
  } catch (error) {
    for (const value of values) if (value instanceof Promise) value.catch(() => undefined);
    throw error;
  }
  if (values.some((value) => value instanceof Promise)) return Promise.all(values).then(then);
  return then(values as readonly T[]);
}
