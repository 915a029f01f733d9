import { readFile } from "node:fs/promises";
import { beforeEach, expect, test } from "vitest";
import { loadPackage } from "../../../../src/store/remote/backends/s3/load-package.ts";
import { workspace } from "../../../rig/workspace.ts";
import { operation, s3, withEnv, withKeys } from "./s3-rig.ts";
import { refuse, serve, standIn } from "./s3-stand-in.ts";

const MIB = 1024 * 1024;

beforeEach(() => withKeys({ accessKeyId: "KEY", secretAccessKey: "secret" }));

test("a client library that is not installed is named with the command that installs it", async () => {
  const absent = Object.assign(new Error("Cannot find package"), { code: "ERR_MODULE_NOT_FOUND" });

  await expect(loadPackage(() => Promise.reject(absent))).rejects.toMatchObject({
    code: "E_REMOTE",
    trouble: "package",
    message: expect.stringMatching(/not installed: npm install @aws-sdk\/client-s3$/),
  });
});

test("no credentials at all are told from wrong ones", async () => {
  withKeys(undefined);
  const store = await s3({ endpoint: "http://127.0.0.1:1" });

  await expect(store.check(operation())).rejects.toMatchObject({
    trouble: "credentials",
    message: expect.stringMatching(/no credentials were found .* set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/),
  });
});

test("without a region there is an error that says how to set one, except at an endpoint of one's own", async () => {
  await expect(s3({})).rejects.toMatchObject({
    trouble: "region",
    message: expect.stringContaining("set AWS_REGION, or add ?region=… to its URL"),
  });
  await s3({ region: "eu-central-1" });
  await s3({ endpoint: "http://127.0.0.1:1" });
  withEnv({ AWS_REGION: "eu-west-1" });
  await s3({});
});

test.each(["http://127.0.0.1:1", "http://nowhere.invalid"])("nobody answers at %s", async (endpoint) => {
  const store = await s3({ endpoint });

  await expect(store.check(operation())).rejects.toMatchObject({
    trouble: "unreachable",
    message: expect.stringContaining(`nobody answers at ${endpoint} (`),
  });
});

test.each([
  [503, "SlowDown"],
  [429, "TooManyRequests"],
])("a server that says %i %s is asked three times, and is busy then", async (status, code) => {
  const { endpoint, asked } = await standIn((_, response) => refuse(response, status, code));
  const store = await s3({ endpoint });

  await expect(store.check(operation())).rejects.toMatchObject({ trouble: "busy" });
  expect(asked).toHaveLength(3);
});

test.each([
  [301, "PermanentRedirect", { "x-amz-bucket-region": "eu-west-3" }, ""],
  [400, "AuthorizationHeaderMalformed", {}, "<Region>eu-west-3</Region>"],
])("a bucket in another region (%i %s) is named with that region", async (status, code, headers, more) => {
  const { endpoint } = await standIn((_, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    refuse(response, status, code, more);
  });
  const store = await s3({ endpoint, region: "us-west-2" });

  await expect(store.check(operation())).rejects.toMatchObject({
    trouble: "region",
    message:
      's3://bucket: the bucket "bucket" is in the region eu-west-3, not in us-west-2: set AWS_REGION=eu-west-3, or ?region=eu-west-3 in its URL',
  });
});

test.each([
  ["ExpiredToken", 400, "credentials"],
  ["InvalidToken", 400, "credentials"],
  ["AccessDenied", 403, "forbidden"],
  ["RequestTimeTooSkewed", 403, "credentials"],
  ["EntityTooLarge", 400, "other"],
])("%s (%i) is trouble of kind %s", async (code, status, trouble) => {
  const { endpoint } = await standIn((_, response) => refuse(response, status, code));
  const store = await s3({ endpoint });

  await expect(store.get("a", 10, operation())).rejects.toMatchObject({ trouble });
});

test("what is no S3 server at all is an error that names the address", async () => {
  const { endpoint } = await standIn((_, response) => void response.writeHead(200).end("<html><p>Welcome</html>"));
  const store = await s3({ endpoint });

  await expect(store.check(operation())).rejects.toMatchObject({
    trouble: "other",
    message: expect.stringContaining(endpoint),
  });
});

test("a 404 that is not of S3 does not pass for an object that is not there", async () => {
  const { endpoint } = await standIn((_, response) => void response.writeHead(404).end("<html>not found</html>"));
  const store = await s3({ endpoint });

  await expect(store.get("a", 10, operation())).rejects.toMatchObject({ trouble: "other" });
});

test.each([10, 300_000])("a server without conditional writes is unsupported, for %i bytes", async (bytes) => {
  const { endpoint } = await standIn(async (asked, response) => {
    await asked.body();
    refuse(response, 501, "NotImplemented");
  });
  const store = await s3({ endpoint });

  await expect(store.put("a", new Uint8Array(bytes), { when: "absent", operation: operation() })).rejects.toMatchObject(
    {
      trouble: "unsupported",
      message: expect.stringContaining("If-None-Match"),
    },
  );
});

test("a create that meets another change of the same object is tried again", async () => {
  const { endpoint, asked } = await standIn(async (request, response) => {
    await request.body();
    if (asked.length <= 2) refuse(response, 409, "ConditionalRequestConflict");
    else refuse(response, 412, "PreconditionFailed");
  });
  const store = await s3({ endpoint });

  expect(await store.put("a", new Uint8Array(10), { when: "absent", operation: operation() })).toBe("exists");
  expect(asked.every(({ headers }) => headers["if-none-match"] === "*")).toBe(true);
});

test("without batches objects are removed one by one", async () => {
  const { endpoint, asked } = await standIn(async ({ method, body }, response) => {
    await body();
    if (method === "POST") refuse(response, 501, "NotImplemented");
    else response.writeHead(204).end();
  });
  const store = await s3({ endpoint, prefix: "p/" });

  await store.delete(["a", "b"], operation());

  expect(asked.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
    "DELETE /bucket/p/a",
    "DELETE /bucket/p/b",
    expect.stringMatching(/^POST \/bucket\/?$/),
  ]);
  expect(asked[0]?.headers["content-md5"]).toMatch(/==$/);
});

test("what a batch could not remove is an error that names it", async () => {
  const { endpoint } = await standIn(async ({ body }, response) => {
    await body();
    const error = "<Error><Key>p/b</Key><Code>AccessDenied</Code><Message>no</Message></Error>";
    response.end(`<?xml version="1.0"?><DeleteResult>${error}</DeleteResult>`);
  });
  const store = await s3({ endpoint, prefix: "p/" });

  await expect(store.delete(["a", "b"], operation())).rejects.toMatchObject({
    trouble: "forbidden",
    message: expect.stringContaining("p/b"),
  });
});

test("small objects are read with one plain request, signed with the session's token, and past a hiccup by the client", async () => {
  withEnv({ AWS_SESSION_TOKEN: "the token" });
  const content = new Uint8Array([1, 2, 3]);
  const { endpoint, asked } = await standIn((request, response) => {
    if (asked.length === 2) refuse(response, 503, "SlowDown");
    else serve(request, response, { content, etag: '"1"' });
  });
  const store = await s3({ endpoint, prefix: "p/" });

  expect(await store.get("a", 3, operation())).toHaveLength(3);
  expect(asked).toHaveLength(1);
  expect(asked[0]).toMatchObject({ path: "/bucket/p/a", headers: { "x-amz-security-token": "the token" } });
  expect(asked[0]?.headers["amz-sdk-request"]).toBeUndefined();

  expect(await store.get("a", 3, operation())).toHaveLength(3);
  expect(asked).toHaveLength(3);
  expect(asked[2]?.headers["amz-sdk-request"]).toBeDefined();
});

test("a server that refuses plain requests is not asked so twice", async () => {
  const { endpoint, asked } = await standIn((request, response) => {
    if (request.headers["amz-sdk-request"] === undefined) refuse(response, 400, "InvalidRequest");
    else serve(request, response, { content: new Uint8Array(3), etag: '"1"' });
  });
  const store = await s3({ endpoint });

  for (let round = 0; round < 3; round += 1) expect(await store.get("a", 3, operation())).toHaveLength(3);

  expect(asked).toHaveLength(4);
});

test("a body that is cut is gone on with from there, of the same version", async () => {
  const content = contentOf(20 * MIB);
  const { endpoint, asked } = await standIn((request, response) =>
    serve(request, response, { content, etag: '"1"', ...(asked.length <= 4 ? { cutAfter: MIB } : {}) }),
  );
  const store = await s3({ endpoint });
  const ws = await workspace();

  expect(await store.download("a", ws.resolve("a"), operation())).toBe(content.length);

  expect(Buffer.compare(await readFile(ws.resolve("a")), content)).toBe(0);
  expect(asked.length).toBeGreaterThan(5);
  expect(asked.slice(1).every(({ headers }) => headers["if-match"] === '"1"')).toBe(true);
});

test("a small object whose body is cut comes whole", async () => {
  const content = contentOf(1_000);
  const { endpoint, asked } = await standIn((request, response) =>
    serve(request, response, { content, etag: '"1"', ...(asked.length <= 2 ? { cutAfter: 400 } : {}) }),
  );
  const store = await s3({ endpoint });

  expect(Buffer.compare((await store.get("a", 1_000, operation())) ?? Buffer.of(), content)).toBe(0);
  expect(asked.at(-1)?.headers.range).toBe("bytes=400-999");
});

test("a body that is cut three times at one place is given up", async () => {
  const content = contentOf(1_000);
  const { endpoint } = await standIn((request, response) =>
    serve(request, response, {
      content,
      etag: '"1"',
      cutAfter: request.headers.range?.startsWith("bytes=0-") ? 10 : 0,
    }),
  );
  const store = await s3({ endpoint });
  const ws = await workspace();

  await expect(store.download("a", ws.resolve("a"), operation())).rejects.toMatchObject({
    trouble: "unreachable",
    message: expect.stringContaining("cut 3 times in a row while a was read"),
  });
});

test("an object that is replaced while it is read comes whole, in its new version", async () => {
  const [old, fresh] = [contentOf(20 * MIB), contentOf(18 * MIB)];
  const { endpoint, asked } = await standIn((request, response) =>
    asked.length === 1
      ? serve(request, response, { content: old, etag: '"1"' })
      : serve(request, response, { content: fresh, etag: '"2"' }),
  );
  const store = await s3({ endpoint });
  const ws = await workspace();

  expect(await store.download("a", ws.resolve("a"), operation())).toBe(fresh.length);
  expect(Buffer.compare(await readFile(ws.resolve("a")), fresh)).toBe(0);
});

test.each([
  ["download", 2 * MIB],
  ["get", 1_000],
] as const)("a body that stalls ends with the signal: %s", async (what, bytes) => {
  const controller = new AbortController();
  const reason = new Error("nothing moved");
  const { promise: closed, resolve: close } = Promise.withResolvers<void>();
  const { endpoint } = await standIn((_, response) => {
    response.once("close", close);
    response.writeHead(200, { "content-length": bytes, etag: '"1"' });
    response.write(new Uint8Array(500));
  });
  const store = await s3({ endpoint });
  const ws = await workspace();
  const stalling = { signal: controller.signal, progress: (moved: number) => moved > 0 && controller.abort(reason) };

  const reading = what === "get" ? store.get("a", bytes, stalling) : store.download("a", ws.resolve("a"), stalling);

  await expect(reading).rejects.toBe(reason);
  await closed;
});

test.each([100_000, 20 * MIB, 70 * MIB])(
  "an upload of %i bytes that nobody reads ends with the signal",
  async (bytes) => {
    const controller = new AbortController();
    const reason = new Error("nothing moved");
    const { endpoint } = await standIn(({ method, query }, response) => {
      // Uploads begin, and no part of them is read.
      if (method === "PUT") controller.abort(reason);
      else if (query.has("uploads")) response.end("<Result><UploadId>u</UploadId></Result>");
      else response.writeHead(204).end();
    });
    const store = await s3({ endpoint });

    const putting = store.put("a", contentOf(bytes), { operation: { ...operation(), signal: controller.signal } });

    await expect(putting).rejects.toBe(reason);
  },
);

test("a server that answers before it has all of a body is asked again, and its connection given up", async () => {
  const closed: Promise<unknown>[] = [];
  let received = 0;
  const { endpoint, asked } = await standIn(async (request, response) => {
    if (asked.length <= 2) {
      closed.push(new Promise((resolve) => response.socket?.once("close", resolve)));
      refuse(response, 503, "SlowDown");
      return;
    }
    received = (await request.body()).length;
    response.end();
  });
  const store = await s3({ endpoint });

  expect(await store.put("a", contentOf(20 * MIB), { operation: operation() })).toBe("stored");

  expect(received).toBe(20 * MIB);
  expect(closed).toHaveLength(2);
  await Promise.all(closed);
});

test.each(["fails", "is aborted"])("an upload in parts that %s is cleaned up", async (how) => {
  const controller = new AbortController();
  const { promise: cleaned, resolve: clean } = Promise.withResolvers<void>();
  const { endpoint, asked } = await standIn(async ({ method, query, body }, response) => {
    if (method === "DELETE") clean();
    if (how === "is aborted" && query.get("partNumber") === "3") controller.abort(new Error("enough"));
    await body();
    if (method === "POST")
      response.end("<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>");
    else if (method === "DELETE") response.writeHead(204).end();
    else if (query.get("partNumber") === "3") refuse(response, 403, "AccessDenied");
    else response.writeHead(200, { etag: '"1"' }).end();
  });
  const store = await s3({ endpoint });

  const putting = store.put("a", contentOf(70 * MIB), { operation: { ...operation(), signal: controller.signal } });

  await expect(putting).rejects.toMatchObject(how === "fails" ? { trouble: "forbidden" } : { message: "enough" });
  await cleaned;
  expect(asked.at(-1)).toMatchObject({ method: "DELETE", path: "/bucket/a" });
  expect(asked.at(-1)?.query.get("uploadId")).toBe("u");
});

function contentOf(bytes: number): Uint8Array {
  return new Uint8Array(new Uint32Array(bytes / 4).map((_, place) => Math.imul(place + bytes, 2_654_435_761)).buffer);
}
