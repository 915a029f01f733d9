import { Storage } from "@google-cloud/storage";
import { expect, test } from "vitest";
import { calm, gcsRig, noise, same } from "./gcs-rig.ts";

/*
 * The official client is what tells that the tests' server answers as Google's does, and that objects are the same for both.
 */

test("what the official client stores, finds and removes is what this backend does", async () => {
  const { server, store } = await gcsRig();
  const client = new Storage({ projectId: "test", apiEndpoint: server.url, retryOptions: { autoRetry: false } });
  const bucket = client.bucket("team");
  const content = noise(300_000);

  await store.put("ours/a", content, { operation: calm() });
  await bucket.file("some/where/theirs/b").save(Buffer.from(content), { resumable: false, validation: "crc32c" });

  const [ours] = await bucket.file("some/where/ours/a").download();
  expect(same(ours, content)).toBe(true);
  expect(same(await store.get("theirs/b", content.length, calm()), content)).toBe(true);
  const [files] = await bucket.getFiles({ prefix: "some/where/", autoPaginate: false });
  const { objects } = await store.list("", { operation: calm() });
  expect(files.map(({ name }) => name)).toEqual(objects.map(({ name }) => `some/where/${name}`));
  await expect(
    bucket.file("some/where/ours/a").save("other", { resumable: false, preconditionOpts: { ifGenerationMatch: 0 } }),
  ).rejects.toMatchObject({ code: 412 });
  expect(await store.put("theirs/b", content, { when: "absent", operation: calm() })).toBe("exists");
  await bucket.file("some/where/ours/a").delete();
  expect(await store.head("ours/a", calm())).toBeUndefined();
  const [exists] = await client.bucket("nobody").exists();
  expect(exists).toBe(false);
});
