/** A value whose content was put together in memory on its way to a file of the store, and checked there. */
export interface ArrivedValue {
  /** Of its content. */
  readonly digest: Uint8Array;
  /** The value, for the first one who asks: others read theirs from the file, as a value belongs to one call. */
  take(): { readonly value: unknown } | undefined;
}

export function arrivedValue(digest: Uint8Array, decode: () => unknown): ArrivedValue {
  let left: typeof decode | undefined = decode;
  return {
    digest,
    take() {
      const first = left;
      left = undefined;
      return first === undefined ? undefined : { value: first() };
    },
  };
}
