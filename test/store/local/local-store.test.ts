import { clearEntries, entriesOf } from "../../../src/store/local/queries.ts";
import { describeStore, type StoreUnderTest } from "../../contracts/store.ts";
import { emptyFolder, get, openStore, put } from "../local-rig.ts";

async function localStore(dir: string): Promise<StoreUnderTest> {
  const store = await openStore(dir);
  return {
    put: (key, value, more) => put(store, key, value, more),
    get: (key) => get(store, key),
    remove: async (key) => (await clearEntries(store, { key })).entries > 0,
    keys: async () => [...entriesOf(store)].map((entry) => entry.key),
    another: () => localStore(dir),
    close: async () => store.close(),
  };
}

describeStore("local store", async () => localStore(await emptyFolder()));
