import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import type { ObjectStore } from "../../../../src/store/remote/backends/object-store.ts";
import { RemoteError } from "../../../../src/store/remote/remote-error.ts";
import { Child } from "../../../rig/child.ts";
import type { GcsOptions } from "../../../rig/gcs-server.ts";
import { type Workspace, workspace } from "../../../rig/workspace.ts";
import { calm, gcsRig, openAt } from "./gcs-rig.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

async function trouble(work: Promise<unknown>): Promise<RemoteError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof RemoteError) return error;
  throw new Error(`No RemoteError: ${String(error)}`);
}

/** Credentials whose access token comes from `tokenUrl`, as those of a workload outside of Google Cloud. */
async function credentialsFrom(ws: Workspace, tokenUrl: string): Promise<void> {
  const content = {
    type: "external_account",
    audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/team/providers/ci",
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    token_url: tokenUrl,
    credential_source: { file: await ws.write("subject.txt", "subject") },
  };
  vi.stubEnv("GOOGLE_APPLICATION_CREDENTIALS", await ws.write("credentials.json", JSON.stringify(content)));
}

const operations: Readonly<Record<string, (store: ObjectStore) => Promise<unknown>>> = {
  check: (store) => store.check(calm()),
  get: (store) => store.get("a", 10, calm()),
  download: (store) => store.download("a", "/nowhere/a", calm()),
  head: (store) => store.head("a", calm()),
  put: (store) => store.put("a", new Uint8Array(3), { operation: calm() }),
  "put, if absent": (store) => store.put("a", new Uint8Array(3), { when: "absent", operation: calm() }),
  list: (store) => store.list("", { operation: calm() }),
  delete: (store) => store.delete(["a", "b"], calm()),
};

test.each(Object.keys(operations))("%s says that the bucket is missing", async (name) => {
  const { store } = await gcsRig({ bucket: "other" });

  const error = await trouble(operations[name]?.(store) ?? Promise.resolve());

  expect(error.trouble).toBe("missing");
  expect(error.code).toBe("E_REMOTE");
  expect(error.message).toBe(
    'gs://team/some/where: there is no bucket "team" (status 404: The specified bucket does not exist). Create it, or correct its name.',
  );
});

test.each(Object.keys(operations))("%s says that there are no credentials", async (name) => {
  const { store } = await gcsRig({ token: "right" });

  const error = await trouble(operations[name]?.(store) ?? Promise.resolve());

  expect(error.trouble).toBe("credentials");
  expect(error.message).toMatch(/no credentials were found.*gcloud auth application-default login/);
});

test("the right token is sent", async () => {
  const { server, store } = await gcsRig({ token: "right" });
  await credentialsFrom(await workspace(), `${server.url}/token`);
  const withCredentials = await openAt(server.url);

  await withCredentials.check(calm());
  await withCredentials.put("a", new Uint8Array(3), { operation: calm() });

  expect(await withCredentials.get("a", 10, calm())).toEqual(new Uint8Array(3));
  expect(server.requests.filter(({ path }) => path === "/token")).toHaveLength(1);
  expect((await trouble(store.check(calm()))).trouble).toBe("credentials");
});

test("a wrong token is told apart from none", async () => {
  const { server } = await gcsRig({ token: "right" });
  const issuer = await gcsRig({ token: "wrong" });
  await credentialsFrom(await workspace(), `${issuer.server.url}/token`);

  const error = await trouble((await openAt(server.url)).check(calm()));

  expect(error.trouble).toBe("credentials");
  expect(error.message).toContain("wrong or expired (status 401: Invalid Credentials)");
});

test("credentials that are not there are an error of their own", async () => {
  const { server } = await gcsRig({ token: "right" });
  vi.stubEnv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/key.json");

  const error = await trouble((await openAt(server.url)).check(calm()));

  expect(error.trouble).toBe("credentials");
  expect(error.message).toContain("/nowhere/key.json");
});

test("a server of tokens that cannot be reached is not taken for wrong credentials", async () => {
  const { server } = await gcsRig({ token: "right" });
  await credentialsFrom(await workspace(), "http://127.0.0.1:1/token");

  const error = await trouble((await openAt(server.url)).check(calm()));

  expect(error.trouble).toBe("unreachable");
  expect(error.message).toContain("access tokens");
});

test("an emulator gets no credentials", async () => {
  const { server, store } = await gcsRig();
  await credentialsFrom(await workspace(), `${server.url}/token`);
  vi.stubEnv("STORAGE_EMULATOR_HOST", server.url.replace("http://", ""));
  const { openGcs } = await import("../../../../src/store/remote/backends/gcs/open-gcs.ts");
  const emulated = await openGcs({ scheme: "gs", bucket: "team", prefix: "some/where/", url: "gs://team" });

  await store.put("a", new Uint8Array(3), { operation: calm() });

  expect(await emulated.get("a", 10, calm())).toEqual(new Uint8Array(3));
  expect(server.requests.some(({ authorization }) => authorization !== undefined)).toBe(false);
  emulated.close();
});

test.each([
  ["check", "list"],
  ["get", "get"],
  ["head", "get"],
  ["put", "create"],
  ["list", "list"],
  ["delete", "delete"],
] as const)("%s says that it is forbidden", async (name, permission) => {
  const { store, server } = await gcsRig({ denied: [permission] });
  server.bucket.put("some/where/a", Buffer.from("abc"), { contentType: "text/plain" });

  const error = await trouble(operations[name]?.(store) ?? Promise.resolve());

  expect(error.trouble).toBe("forbidden");
  expect(error.message).toMatch(/may not do that \(status 403: .*roles\/storage\.objectUser/);
});

test("no right to look at the bucket itself is needed", async () => {
  const { store } = await gcsRig({ denied: ["bucket"] });

  await store.check(calm());
});

test.each([
  ["http://127.0.0.1:1", "cannot be reached (ECONNREFUSED)"],
  ["http://gcs.invalid", "cannot be reached (E"],
])("nobody answers at %s", async (endpoint, text) => {
  const error = await trouble((await openAt(endpoint)).check(calm()));

  expect(error.trouble).toBe("unreachable");
  expect(error.message).toContain(text);
});

const refusals: readonly [number, string, string][] = [
  [503, "backendError", "busy"],
  [429, "rateLimitExceeded", "busy"],
  [403, "userRateLimitExceeded", "busy"],
  [500, "internalError", "other"],
];

test.each(refusals)("status %d (%s) is tried three times, then it is %s", async (status, reason, expected) => {
  const { server, store } = await gcsRig({ fault: () => ({ kind: "refuse", status, reason }) });

  expect((await trouble(store.head("a", calm()))).trouble).toBe(expected);
  expect(server.requests).toHaveLength(3);
});

test.each(Object.keys(operations))("%s is asked again after passing failures", async (name) => {
  const failures: GcsOptions["fault"][] = [
    () => ({ kind: "refuse", status: 503 }),
    () => ({ kind: "reset", when: "before" }),
  ];
  const { store } = await gcsRig({ fault: (request) => failures.shift()?.(request) });

  await operations[name]?.(store);

  expect(failures).toEqual([]);
});

test("a page to log in at is not taken for an answer", async () => {
  const { store } = await gcsRig({ fault: () => ({ kind: "refuse", status: 302, message: "Log in" }) });

  expect((await trouble(store.check(calm()))).trouble).toBe("other");
});

test("where the client is not installed, the error says how to install it", async () => {
  const ws = await workspace();
  const source = path.resolve(import.meta.dirname, "../../../../src/store/remote/backends/gcs/open-gcs.ts");
  await ws.write(
    "main.mjs",
    `import { registerHooks } from "node:module";
    registerHooks({
      resolve: (name, context, next) =>
        next(name, name === "@google-cloud/storage" ? { ...context, parentURL: import.meta.url } : context),
    });
    const { openGcs } = await import(${JSON.stringify(pathToFileURL(source).href)});
    await openGcs({ scheme: "gs", bucket: "team", prefix: "", url: "gs://team" }).catch((error) => {
      console.log(error.trouble, error.message);
    });`,
  );

  const { stdout } = await ws.run("main.mjs");

  expect(stdout).toBe(
    "package gs://team needs the package @google-cloud/storage, which is not installed. Run: npm install @google-cloud/storage\n",
  );
});

test("the server of the tests runs as a process of its own, too", async () => {
  const script = path.resolve(import.meta.dirname, "../../../rig/gcs-server.ts");
  const child = await Child.start(script, ["--bucket", "team", "--token", "right"]);
  onTestFinished(async () => void (await child.kill()));
  await child.line("ready");
  const url = await child.line(/^http/);
  await credentialsFrom(await workspace(), `${url}/token`);

  await (await openAt(url)).check(calm());
});
