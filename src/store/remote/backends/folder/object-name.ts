import { RemoteError } from "../../remote-error.ts";

/** Where content is written before it gets its name. No object can be below it. */
export const STAGING = "tmp";

const PART = /^[A-Za-z0-9._~-]{1,255}$/;

/** Whether it can be one part of an object's name: what lies in the folder under any other name is not ours. */
export function isPart(text: string): boolean {
  return PART.test(text) && text !== "." && text !== "..";
}

/**
 * The parts of an object's name, each the name of a folder or file. What came from elsewhere, such as the page of a
 * listing, cannot lead out of the folder.
 *
 * @throws RemoteError of kind `unsupported` for any other text.
 */
export function partsOf(name: string): readonly string[] {
  const parts = name.split("/");
  if (!parts.every(isPart)) {
    throw new RemoteError(
      "unsupported",
      `${JSON.stringify(name)} cannot be the name of an object: it must have the form a/b/c of letters, digits and -._~.`,
    );
  }
  if (parts[0] === STAGING) {
    throw new RemoteError(
      "unsupported",
      `"${name}" cannot be the name of an object: "${STAGING}" is where objects are written before they have a name.`,
    );
  }
  return parts;
}

/**
 * The folders that everything whose name begins with `prefix` is below.
 *
 * @throws RemoteError of kind `unsupported` where no object's name can begin so.
 */
export function foldersOf(prefix: string): readonly string[] {
  const end = prefix.lastIndexOf("/");
  // The last part may be a piece of a name, such as "." of ".a".
  const last = prefix.slice(end + 1);
  partsOf(end < 0 ? `${last}a` : `${prefix.slice(0, end)}/${last}a`);
  return end < 0 ? [] : partsOf(prefix.slice(0, end));
}
