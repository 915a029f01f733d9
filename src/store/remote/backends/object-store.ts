/*
 * What a shared store needs of the place where its objects are. Each backend (S3, Google Cloud Storage, a shared folder)
 * is one of these and nothing more: what the objects mean, when to give up and what to believe is decided above them.
 *
 * Names are relative to the prefix of the remote, have the form a/b/c, and consist of letters, digits and -._~. Content is
 * written whole or not at all: nobody ever reads half of an object.
 */

export interface ObjectInfo {
  readonly name: string;
  readonly bytes: number;
  /** By the clock of the place where it is: milliseconds since 1970. */
  readonly modifiedAt: number;
}

/** What is uploaded: in memory, or in a file that does not change meanwhile. Either can be read again for another try. */
export type Content = Uint8Array | { readonly file: string; readonly bytes: number };

/**
 * One operation under way. It is aborted where nothing moves for too long, so it says when something does: a piece of a
 * body that was sent or received, or a request of several that was answered.
 */
export interface Operation {
  readonly signal: AbortSignal;
  /** @param bytes - how many bytes of content moved, if any. */
  readonly progress: (bytes: number) => void;
}

export interface PutOptions {
  /** `absent`: only where there is no object of that name, decided by the store in one step. Default: `always`. */
  readonly when?: "always" | "absent";
}

export interface Downloading extends Operation {
  /**
   * Is told what arrives, and where in the object that is, in any order. A backend need not tell it, or not all: what the
   * file has is what counts.
   */
  readonly seen?: (chunk: Uint8Array, at: number) => void;
}

export interface ListOptions {
  /** Only names after this one, in the order of their UTF-8 bytes. */
  readonly after?: string;
  /** At most so many, 1,000 by default and at most. */
  readonly limit?: number;
}

/** A part of a listing, in the order of the names' UTF-8 bytes. */
export interface Page {
  readonly objects: readonly ObjectInfo[];
  /** Whether there may be more: to be asked for `after` the last one. */
  readonly more: boolean;
}

/**
 * A place for objects. All operations throw {@link RemoteError} for what the place says or does not say, and the
 * operation's own reason where it was aborted. Any number of them may be under way at once.
 */
export interface ObjectStore {
  /** What it is called in messages, such as `s3://bucket/prefix`: without options and secrets. */
  readonly url: string;
  /** How many operations at once serve it best. */
  readonly concurrency: number;
  /** Whether the place is there and lets us in. Tells a missing bucket, wrong credentials and a wrong region apart. */
  check(operation: Operation): Promise<void>;
  /**
   * The content of a small object, in memory; undefined where there is none.
   *
   * @param most - an object of more bytes than that is an error of kind `damaged`.
   */
  get(name: string, most: number, operation: Operation): Promise<Uint8Array | undefined>;
  /**
   * Writes the content of an object of any size into a new file, which is there when this resolves, and may be there in
   * part where it rejects. Goes on where the connection broke, and loads large objects in several parts at once.
   *
   * @returns its bytes; undefined where there is no such object.
   */
  download(name: string, file: string, operation: Downloading): Promise<number | undefined>;
  head(name: string, operation: Operation): Promise<ObjectInfo | undefined>;
  /** Large content goes in several parts at once. */
  put(
    name: string,
    content: Content,
    options: PutOptions & { readonly operation: Operation },
  ): Promise<"stored" | "exists">;
  /** The objects whose names begin with `prefix`. */
  list(prefix: string, options: ListOptions & { readonly operation: Operation }): Promise<Page>;
  /** What is not there is no error. */
  delete(names: readonly string[], operation: Operation): Promise<void>;
  /** Lets connections go. */
  close(): void;
}
