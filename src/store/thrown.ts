import { deserialize, serialize } from "node:v8";

/**
 * What was thrown, as another thread or process can be told of it: the class of an error is lost, its name, message, stack
 * and plain fields are not.
 */
export function writeThrown(error: unknown): Uint8Array {
  try {
    return write(error);
  } catch {
    // What throws when it is looked at.
    return serialize({ error: new Error("What was thrown cannot be shown.") });
  }
}

function write(error: unknown): Uint8Array {
  if (!(error instanceof Error)) return tryClone({ error }) ?? serialize({ error: String(error) });
  const { name, message, stack } = error;
  const fields = Object.fromEntries(Object.entries(error).filter(([, value]) => tryClone(value) !== undefined));
  return (
    tryClone({ error, fields: { ...fields, name } }) ??
    serialize({ error: new Error(message), fields: { name, stack } })
  );
}

function tryClone(value: unknown): Uint8Array | undefined {
  try {
    return serialize(value);
  } catch {
    return undefined;
  }
}

/** What {@link writeThrown} wrote. */
export function readThrown(bytes: Uint8Array): unknown {
  const { error, fields } = deserialize(bytes) as { error: unknown; fields?: Readonly<Record<string, unknown>> };
  if (!(error instanceof Error) || fields === undefined) return error;
  for (const [key, value] of Object.entries(fields)) {
    Object.defineProperty(error, key, {
      value,
      configurable: true,
      writable: true,
      enumerable: key !== "name" && key !== "stack",
    });
  }
  return error;
}
