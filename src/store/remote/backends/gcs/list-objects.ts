import type { ListOptions, ObjectInfo, Operation, Page } from "../object-store.ts";
import type { GcsApi } from "./gcs-api.ts";

const MOST = 1_000;
/** Greater than no character of a name, so nothing that follows a name is left out: names have only - and greater ones. */
const SMALLEST = "!";

export interface Listed {
  readonly name?: string;
  readonly size?: string;
  readonly updated?: string;
}

interface Listing {
  readonly items?: readonly Listed[];
  readonly nextPageToken?: string;
}

export const LISTED_FIELDS = "name,size,updated";

/** A part of the objects whose names begin with `prefix`. */
export async function listObjects(
  api: GcsApi,
  prefix: string,
  { after, limit = MOST, operation }: ListOptions & { readonly operation: Operation },
): Promise<Page> {
  const objects: ObjectInfo[] = [];
  let pageToken: string | undefined;
  do {
    const query = {
      prefix: api.prefix + prefix,
      maxResults: Math.min(limit, MOST) - objects.length,
      fields: `items(${LISTED_FIELDS}),nextPageToken`,
      // It begins with that name where there is one of it; what is wanted comes after `after`.
      ...(after === undefined ? {} : { startOffset: `${api.prefix}${after}${SMALLEST}` }),
      ...(pageToken === undefined ? {} : { pageToken }),
    };
    const page = (await api.json({ method: "GET", query }, operation)) as Listing;
    for (const item of page.items ?? []) {
      const info = infoOf(api, item);
      if (info !== undefined) objects.push(info);
    }
    // A page may have fewer objects than asked for, or none, and still not be the last.
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined && objects.length < Math.min(limit, MOST));
  return { objects, more: pageToken !== undefined };
}

/** Undefined for what stands for a folder, as the console makes them: an object named `a/b/`. */
export function infoOf(api: GcsApi, { name = "", size, updated }: Listed): ObjectInfo | undefined {
  if (name.endsWith("/") || !name.startsWith(api.prefix)) return undefined;
  return { name: name.slice(api.prefix.length), bytes: Number(size), modifiedAt: Date.parse(updated ?? "") };
}
