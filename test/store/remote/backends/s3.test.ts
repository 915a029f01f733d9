import { expect, test } from "vitest";
import { openS3 } from "../../../../src/store/remote/backends/s3/open-s3.ts";
import { describeObjectStore } from "../../../contracts/object-store.ts";
import { ceph } from "../../../rig/ceph.ts";
import { makeBucket, operation, s3, withKeys } from "./s3-rig.ts";

const { server, unavailable } = await ceph();

if (server === undefined) {
  test.skipIf(true)(`S3 on Ceph: ${unavailable}`, () => undefined);
} else {
  const { endpoint, owner, stranger } = server;

  describeObjectStore("S3 on Ceph", async () => {
    withKeys(owner);
    const bucket = await makeBucket(endpoint, owner);
    return { open: (prefix) => openS3({ scheme: "s3", url: `s3://${bucket}`, bucket, prefix, endpoint }) };
  });

  test("a wrong secret, an unknown key and a bucket of others are told apart", async () => {
    const bucket = await makeBucket(endpoint, owner);
    const refusal = async (): Promise<unknown> =>
      await (await s3({ bucket, endpoint })).check(operation()).catch((error: unknown) => error);

    withKeys({ ...owner, secretAccessKey: "wrong" });
    expect(await refusal()).toMatchObject({
      code: "E_REMOTE",
      trouble: "credentials",
      message: `s3://${bucket}: the secret does not belong to the access key: check AWS_SECRET_ACCESS_KEY, or the profile`,
    });
    withKeys({ ...owner, accessKeyId: "UNKNOWN" });
    expect(await refusal()).toMatchObject({
      trouble: "credentials",
      message: `s3://${bucket}: the server does not know this access key: check AWS_ACCESS_KEY_ID, or the profile`,
    });
    withKeys(stranger);
    expect(await refusal()).toMatchObject({ trouble: "forbidden", message: expect.stringContaining("s3:ListBucket") });
  });

  test("a bucket that does not exist is missing, for whatever is asked of it", async () => {
    withKeys(owner);
    const store = await s3({ bucket: "never-made", endpoint });
    const missing = {
      trouble: "missing",
      message: `s3://never-made: there is no bucket "never-made" at ${endpoint}: create it, or correct its name`,
    };

    await expect(store.check(operation())).rejects.toMatchObject(missing);
    await expect(store.get("a", 10, operation())).rejects.toMatchObject(missing);
    await expect(store.put("a", new Uint8Array(1), { operation: operation() })).rejects.toMatchObject(missing);
    await expect(store.delete(["a"], operation())).rejects.toMatchObject(missing);
  });

  test("a prefix may have characters that a path has to escape", async () => {
    withKeys(owner);
    const bucket = await makeBucket(endpoint, owner);
    const store = await s3({ bucket, endpoint, prefix: "à la carte/50%+1=(x)/" });

    await store.put("a/b", new Uint8Array([1, 2]), { operation: operation() });
    await store.put("large", new Uint8Array(300_000), { operation: operation() });

    expect(await store.get("a/b", 10, operation())).toHaveLength(2);
    expect(await store.get("large", 300_000, operation())).toHaveLength(300_000);
    const { objects } = await store.list("", { operation: operation() });
    expect(objects.map(({ name }) => name)).toEqual(["a/b", "large"]);
    await store.delete(["a/b", "large"], operation());
    expect((await store.list("", { operation: operation() })).objects).toEqual([]);
  });

  test("an endpoint from the environment, by a name for the machine, is asked by paths", async () => {
    const bucket = await makeBucket(endpoint, owner);
    withKeys(owner);
    process.env["AWS_ENDPOINT_URL"] = endpoint.replace("127.0.0.1", "localhost"); // withKeys takes it away again
    const store = await s3({ bucket });

    await store.put("a", new Uint8Array(3), { operation: operation() });

    expect(await store.get("a", 3, operation())).toHaveLength(3);
  });
}
