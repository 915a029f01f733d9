import type { Content, ListOptions, ObjectInfo, ObjectStore, Operation, Page, PutOptions } from "../object-store.ts";
import { downloadObject } from "./download-object.ts";
import type { GcsApi } from "./gcs-api.ts";
import { getObject } from "./get-object.ts";
import { inParallel } from "./in-parallel.ts";
import { infoOf, LISTED_FIELDS, type Listed, listObjects } from "./list-objects.ts";
import { putObject } from "./put-object.ts";

const CONCURRENCY = 32;

/** A bucket of Google Cloud Storage, or the part of it below a prefix. */
export class GcsStore implements ObjectStore {
  readonly concurrency = CONCURRENCY;
  readonly #api: GcsApi;

  constructor(api: GcsApi) {
    this.#api = api;
  }

  get url(): string {
    return this.#api.remote;
  }

  /** By a listing: to look at the bucket itself is a right that those who may use its objects seldom have. */
  async check(operation: Operation): Promise<void> {
    const query = { prefix: this.#api.prefix, maxResults: 1, fields: "items(name)" };
    await this.#api.json({ method: "GET", query }, operation);
  }

  get(name: string, most: number, operation: Operation): Promise<Uint8Array | undefined> {
    return getObject(this.#api, name, most, operation);
  }

  download(name: string, file: string, operation: Operation): Promise<number | undefined> {
    return downloadObject(this.#api, name, file, operation);
  }

  async head(name: string, operation: Operation): Promise<ObjectInfo | undefined> {
    const query = { fields: LISTED_FIELDS };
    const found = await this.#api.json({ method: "GET", name, query, expected: [404] }, operation);
    return found === undefined ? undefined : infoOf(this.#api, found as Listed);
  }

  put(
    name: string,
    content: Content,
    options: PutOptions & { readonly operation: Operation },
  ): Promise<"stored" | "exists"> {
    return putObject(this.#api, name, content, options);
  }

  list(prefix: string, options: ListOptions & { readonly operation: Operation }): Promise<Page> {
    return listObjects(this.#api, prefix, options);
  }

  async delete(names: readonly string[], operation: Operation): Promise<void> {
    const queue = names.values();
    await inParallel(Math.min(names.length, CONCURRENCY), operation, async (inner) => {
      for (const name of queue) {
        const { body } = await this.#api.send({ method: "DELETE", name, expected: [404] }, inner);
        body.resume();
      }
    });
  }

  close(): void {
    this.#api.close();
  }
}
