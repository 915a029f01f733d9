import { describeObjectStore } from "../../contracts/object-store.ts";
import { MemoryObjects, MemoryPlace } from "./memory-objects.ts";

// What the tests of the shared store take for a remote keeps to the contract of one.
describeObjectStore("objects in memory", async () => {
  const place = new MemoryPlace();
  return { open: async (prefix) => new MemoryObjects(place, prefix) };
});
