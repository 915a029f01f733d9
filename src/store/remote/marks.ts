import { randomBytes } from "node:crypto";
import * as z from "zod";
import type { Access } from "./access.ts";
import type { ObjectInfo } from "./backends/object-store.ts";
import { listAll } from "./list-all.ts";
import { MARKS } from "./names.ts";
import { LONGEST_RECORD } from "./record.ts";
import { RemoteError } from "./remote-error.ts";
import { removeAll } from "./remove-all.ts";

/*
 * Which blobs were found unused, and when for the first time: objects with the time, by the clock of the place, and the
 * blobs' names.
 */

const markSchema = z.object({ at: z.number(), blobs: z.array(z.string()) });
/** Blobs in one object, so that it stays small. */
const AT_ONCE = 10_000;

export interface Marks {
  /** Names of blobs that were found unused, with when for the first time. */
  readonly since: ReadonlyMap<string, number>;
  /** The objects that say so. */
  readonly names: readonly string[];
}

/** @throws RemoteError, LeftAlone */
export async function readMarks(access: Access): Promise<Marks> {
  const since = new Map<string, number>();
  const names: string[] = [];
  for await (const { name } of listAll(access, MARKS)) {
    names.push(name);
    const mark = await readMark(access, name);
    for (const blob of mark?.blobs ?? []) since.set(blob, Math.min(mark?.at ?? 0, since.get(blob) ?? mark?.at ?? 0));
  }
  return { since, names };
}

/** Undefined for one that is gone, or whose writer did not keep to the format: nothing is removed for it. */
async function readMark(access: Access, name: string): Promise<z.infer<typeof markSchema> | undefined> {
  try {
    const bytes = await access.read("look-up", (store, operation) => store.get(name, LONGEST_RECORD, operation));
    return bytes === undefined ? undefined : markSchema.parse(JSON.parse(Buffer.from(bytes).toString("utf8")));
  } catch (error) {
    const damaged = error instanceof SyntaxError || error instanceof z.ZodError;
    if (damaged || (error instanceof RemoteError && error.trouble === "damaged")) return undefined;
    throw error;
  }
}

/**
 * Replaces all marks by those of the blobs that are still unused, each with when that was first found.
 *
 * @returns the earliest of these times; undefined where no blob is unused.
 * @throws RemoteError, LeftAlone
 */
export async function writeMarks(
  access: Access,
  unused: readonly ObjectInfo[],
  { former, now }: { readonly former: Marks; readonly now: number },
): Promise<number | undefined> {
  const times = new Map<number, string[]>();
  for (const { name, modifiedAt } of unused) {
    const since = former.since.get(name);
    // One that was written since then is another one.
    const at = since === undefined || modifiedAt > since ? now : since;
    const names = times.get(at) ?? [];
    times.set(at, names);
    names.push(name);
  }
  for (const [at, blobs] of times) {
    for (let from = 0; from < blobs.length; from += AT_ONCE) {
      const content = Buffer.from(JSON.stringify({ at, blobs: blobs.slice(from, from + AT_ONCE) }));
      const name = `${MARKS}${at}-${randomBytes(4).toString("hex")}`;
      await access.write("upload", (store, operation) => store.put(name, content, { operation }));
    }
  }
  await removeAll(access, former.names);
  return times.size === 0 ? undefined : Math.min(...times.keys());
}
