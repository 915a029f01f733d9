import type { DigestMemo } from "../memo.ts";
import type { Observed } from "../observed.ts";

/** Where a value stands, for errors: `run: argument "year"`. */
export interface Site {
  readonly functionName: string;
  readonly parameter: string;
}

/** What a type needs to make a digest, and where it puts the files that it looked at. */
export interface Identification {
  digestValue(value: unknown, label: string): Uint8Array;
  readonly memo: DigestMemo | undefined;
  readonly observed: {
    readonly what: string;
    /** Where among the arguments and inputs. */
    readonly place: string;
    readonly file: Observed;
  }[];
}

/** How a result travels through the store, where not as it is. */
export type ResultForm =
  | { readonly form: "plain" }
  /** The result is a path; the content of what is there is captured. */
  | { readonly form: "file" | "folder" }
  /** The result is converted by the type. What was stored under one `name` is not read under another. */
  | {
      readonly form: "converted";
      readonly name: string;
      toStored(value: unknown): unknown;
      fromStored(stored: unknown): unknown;
    }
  | { readonly form: "parts"; readonly parts: ReadonlyMap<string, ValueType> }
  | { readonly form: "list"; readonly member: ValueType };

/** A type of this package, as users hold it: they pass it on, and only the package looks inside. */
export interface DeclaredType {
  /** Stands in the key beside the digest. */
  readonly tag: string;
}

/** A declared type of an argument or a result, whatever the user wrote it as. */
export interface ValueType extends DeclaredType {
  /** Part of no key. */
  readonly ignored?: boolean;
  /** Whether something else stands for a value in the key than what can be seen of it. */
  readonly opaque?: boolean;
  /**
   * The value that key and function see.
   *
   * @throws ScalableError with `E_ARGUMENT_TYPE` where the value cannot be one of this type.
   */
  coerce(value: unknown, site: Site): unknown;
  /** Digest of a coerced value. */
  identify(value: unknown, identification: Identification, label: string): Uint8Array | Promise<Uint8Array>;
  /** Whether a result is of this type. */
  accepts(value: unknown): boolean | Promise<boolean>;
  readonly result: ResultForm;
}

/** Whether part of a value of this type is no part of the key. */
export function hasIgnoredPart(type: ValueType | undefined): boolean {
  if (type?.result.form === "list") return type.result.member.ignored === true || hasIgnoredPart(type.result.member);
  if (type?.result.form !== "parts") return false;
  return [...type.result.parts.values()].some((part) => part.ignored === true || hasIgnoredPart(part));
}
