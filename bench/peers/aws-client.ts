/** The plain AWS client: what a program would write that keeps its results on S3 by itself. */
import { promisify } from "node:util";
import { zstdDecompress } from "node:zlib";
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { timed } from "../measure.ts";
import type { Place } from "../remote/gateway.ts";
import { serve } from "./serve.ts";

const decompress = promisify(zstdDecompress);

let client: S3Client;
let bucket = "";

async function list(prefix: string): Promise<{ readonly key: string; readonly bytes: number }[]> {
  const found: { readonly key: string; readonly bytes: number }[] = [];
  for (let token: string | undefined; ; ) {
    const page = await client.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token }),
    );
    found.push(...(page.Contents ?? []).map(({ Key = "", Size = 0 }) => ({ key: Key, bytes: Size })));
    token = page.NextContinuationToken;
    if (token === undefined) return found;
  }
}

async function get(key: string): Promise<Uint8Array> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  if (Body === undefined) throw new Error(`${key} is empty`);
  return Body.transformToByteArray();
}

/** Works on all items, so many at once. */
async function each<T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<unknown>): Promise<void> {
  const queue = items[Symbol.iterator]();
  const run = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, run));
}

await serve({
  open({ endpoint, bucket: name, env }: Place) {
    Object.assign(process.env, env);
    bucket = name;
    client = new S3Client({
      endpoint,
      region: "us-east-1",
      forcePathStyle: true,
      requestHandler: { httpAgent: { maxSockets: 64 } },
    });
    return {};
  },
  /** Gets the first `sample` objects of a folder, as many at once as said. */
  async get(folder: string, sample: number, atOnce: number) {
    const keys = (await list(folder)).slice(0, sample).map(({ key }) => key);
    if (keys.length < sample) throw new Error(`${folder} has ${keys.length} objects only`);
    return { seconds: await timed(() => each(keys, atOnce, get)) };
  },
  /** Gets the largest object of a folder into memory. */
  async largest(folder: string, how: "as it is" | "decompressed") {
    const [first] = (await list(folder)).toSorted((a, b) => b.bytes - a.bytes);
    if (first === undefined) throw new Error(`${folder} is empty`);
    const seconds = await timed(async () => {
      const content = await get(first.key);
      if (how === "decompressed") await decompress(content);
    });
    return { seconds, bytes: first.bytes };
  },
  /** Objects with the names of records, of calls that nobody makes. */
  async strangers(folder: string, n: number) {
    const ids = Array.from({ length: n }, () => crypto.randomUUID().replaceAll("-", ""));
    // Digests are spread evenly, which the version in a UUID is not.
    const names = ids.map((id) => `${folder}${id.slice(0, 2)}/${id}`);
    await each(names, 64, (Key) => client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: "x" })));
    return {};
  },
});
