import type { Access } from "./access.ts";
import type { ObjectInfo } from "./backends/object-store.ts";

/** All objects whose names begin with `prefix`, page by page, in the order of their names. */
export async function* listAll(access: Access, prefix: string): AsyncGenerator<ObjectInfo, void, undefined> {
  let after: string | undefined;
  for (;;) {
    const from = after === undefined ? {} : { after };
    const { objects, more } = await access.read("list", (store, operation) =>
      store.list(prefix, { operation, ...from }),
    );
    yield* objects;
    const last = objects.at(-1)?.name;
    if (!more || last === undefined) return;
    after = last;
  }
}
