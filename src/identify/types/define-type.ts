import { codeDigest } from "../source.ts";
import { notCoercible } from "./constructors.ts";
import type { DeclaredType, Site, ValueType } from "./type.ts";

/** A type of one's own. `T` is what the function receives or returns. */
export interface TypeDefinition<T> {
  /** Stands in the key: values of two types never share one. */
  readonly name: string;
  /** Whether a value is of this type. */
  readonly is: (value: unknown) => value is T;
  /** Makes a value of this type from another, or throws. Without it, only values that `is` accepts are taken. */
  readonly coerce?: (value: unknown) => T;
  /** Plain data that stands for the value in the key: two values with the same data are one call. Default: the value. */
  readonly identify?: (value: T) => unknown;
  /** Plain data from which `fromStored` makes the value again. Needed for results that are not plain data themselves. */
  readonly toStored?: (value: T) => unknown;
  readonly fromStored?: (stored: unknown) => T;
}

/** A type made by {@link defineType}. */
export interface DefinedType<T> extends DeclaredType {
  readonly definition: TypeDefinition<T>;
}

/**
 * Defines a type for parameters and results, for what the built-in types do not know: a class with private fields, a
 * handle whose identity is a number in it, a value that is stored in another form.
 */
export function defineType<T>(definition: TypeDefinition<T>): DefinedType<T> {
  const { name, is, coerce, identify, toStored, fromStored } = definition;
  const type: DefinedType<T> & ValueType = {
    definition,
    tag: name,
    opaque: identify !== undefined,
    coerce(value: unknown, site: Site): unknown {
      if (is(value)) return value;
      if (coerce === undefined) throw notCoercible(value, `a ${name}`, site);
      try {
        return coerce(value);
      } catch (error) {
        const refused = notCoercible(value, `a ${name}`, site);
        refused.cause = error;
        throw refused;
      }
    },
    identify: (value, identification, label) =>
      identification.digestValue(identify === undefined ? value : identify(value as T), label),
    accepts: is,
    result:
      toStored === undefined || fromStored === undefined
        ? { form: "plain" }
        : {
            form: "converted",
            // Data that an older form of the conversion stored means something else to a newer one.
            get name() {
              return `${name} ${codeDigest(toStored)} ${codeDigest(fromStored)}`;
            },
            toStored: (value) => toStored(value as T),
            fromStored,
          },
  };
  return type;
}
