import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { onTestFinished } from "vitest";
import type { S3Location } from "../../../../src/remote-location.ts";
import type { ObjectStore, Operation } from "../../../../src/store/remote/backends/object-store.ts";
import { openS3 } from "../../../../src/store/remote/backends/s3/open-s3.ts";
import type { Keys } from "../../../rig/ceph.ts";

/** Sets variables for the rest of the test; `undefined` takes one away. */
export function withEnv(variables: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(variables)) {
    const before = process.env[name];
    const set = (text: string | undefined): void => {
      if (text === undefined) delete process.env[name];
      else process.env[name] = text;
    };
    set(value);
    onTestFinished(() => set(before));
  }
}

/** As on a machine that has exactly these keys, and nothing else to do with Amazon. */
export function withKeys(keys: Keys | undefined): void {
  withEnv({
    AWS_ACCESS_KEY_ID: keys?.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys?.secretAccessKey,
    AWS_SESSION_TOKEN: undefined,
    AWS_PROFILE: undefined,
    AWS_REGION: undefined,
    AWS_ENDPOINT_URL: undefined,
    AWS_CONFIG_FILE: "/nonexistent/config",
    AWS_SHARED_CREDENTIALS_FILE: "/nonexistent/credentials",
    AWS_EC2_METADATA_DISABLED: "true",
  });
}

/** A store that is closed when the test ends. */
export async function s3(location: Partial<S3Location>): Promise<ObjectStore> {
  const bucket = location.bucket ?? "bucket";
  const store = await openS3({ scheme: "s3", bucket, prefix: "", url: `s3://${bucket}`, ...location });
  onTestFinished(() => store.close());
  return store;
}

let buckets = 0;

/** A new bucket. @returns its name. */
export async function makeBucket(endpoint: string, credentials: Keys): Promise<string> {
  const client = new S3Client({ endpoint, credentials, region: "us-east-1", forcePathStyle: true });
  buckets += 1;
  const Bucket = `bucket-${process.pid}-${buckets}`;
  await client.send(new CreateBucketCommand({ Bucket }));
  client.destroy();
  return Bucket;
}

/** An operation that nobody aborts or watches. */
export function operation(): Operation {
  return { signal: new AbortController().signal, progress: () => undefined };
}
