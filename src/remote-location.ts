import path from "node:path";
import { fileURLToPath } from "node:url";
import { ScalableError } from "./errors.ts";
import { parseDuration } from "./settings.ts";

/** What a process may do with a remote. */
export type RemoteMode = "read" | "write" | "readwrite";

interface Common {
  /** What it is called in messages: without options and secrets. */
  readonly url: string;
  /** What the URL says; the environment says it where it does not. */
  readonly mode?: RemoteMode;
  /** How long an operation may go without moving a byte, in milliseconds. */
  readonly timeoutMs?: number;
  /** Whether calls that are cheaper to run than to fetch are left out. */
  readonly when?: RemoteWhen;
}

export type RemoteWhen = "worthwhile" | "always";

export interface S3Location extends Common {
  readonly scheme: "s3";
  readonly bucket: string;
  /** Empty, or ends with `/`. */
  readonly prefix: string;
  readonly region?: string;
  readonly endpoint?: string;
  /** Name of a profile of the AWS configuration. */
  readonly profile?: string;
}

export interface GcsLocation extends Common {
  readonly scheme: "gs";
  readonly bucket: string;
  /** Empty, or ends with `/`. */
  readonly prefix: string;
  readonly endpoint?: string;
  /** Id of the project. */
  readonly project?: string;
}

export interface FolderLocation extends Common {
  readonly scheme: "file";
  /** Absolute. */
  readonly folder: string;
}

export type RemoteLocation = S3Location | GcsLocation | FolderLocation;

const COMMON = ["mode", "timeout", "when"];
const OPTIONS = {
  "s3:": [...COMMON, "region", "endpoint", "profile"],
  "gs:": [...COMMON, "endpoint", "project"],
  "file:": COMMON,
} as const;

/** What the text of a location must be, and is not. */
class WrongLocation extends Error {}

/**
 * Where a remote is, from its URL: `s3://bucket/prefix`, `gs://bucket/prefix` or `file:///folder`, with options in the
 * query.
 *
 * @param setting - the option or variable, for the error.
 * @throws ScalableError with `E_SETTING` that says what is wrong.
 */
export function parseLocation(text: string, setting: string): RemoteLocation {
  try {
    return readLocation(text);
  } catch (error) {
    if (!(error instanceof WrongLocation)) throw error;
    throw new ScalableError("E_SETTING", `${setting} is ${JSON.stringify(text)}, but must ${error.message}.`, {
      setting,
    });
  }
}

/** What such a text must do that this one does not, such as `name a bucket`; undefined where it is one. */
export function locationFault(text: string): string | undefined {
  try {
    readLocation(text);
    return undefined;
  } catch (error) {
    if (error instanceof WrongLocation) return error.message;
    throw error;
  }
}

function readLocation(text: string): RemoteLocation {
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  if (parsed === undefined || !isKnown(parsed.protocol)) {
    throw wrong("be s3://bucket/prefix, gs://bucket/prefix or file:///folder");
  }
  if (parsed.username !== "" || parsed.password !== "") {
    throw wrong("hold no credentials: they come from the environment, or from the files of the client");
  }
  if (parsed.hash !== "") throw wrong(`not have "${parsed.hash}", which means nothing`);
  const known: readonly string[] = OPTIONS[parsed.protocol];
  for (const name of parsed.searchParams.keys()) {
    if (!known.includes(name)) throw wrong(`not have the option "${name}" (there are ${known.join(", ")})`);
  }
  const common = commonOf(parsed);
  if (parsed.protocol === "file:") return { scheme: "file", ...common, ...folderOf(parsed) };
  const bucket = parsed.hostname;
  if (bucket === "") throw wrong("name a bucket");
  if (parsed.port !== "")
    throw wrong("name a bucket without a port: the server is named by ?endpoint=http://host:port");
  const prefix = prefixOf(parsed);
  const url = `${parsed.protocol}//${bucket}${prefix === "" ? "" : `/${prefix.slice(0, -1)}`}`;
  if (parsed.protocol === "s3:") {
    return { scheme: "s3", bucket, prefix, url, ...common, ...texts(parsed, ["region", "endpoint", "profile"]) };
  }
  return { scheme: "gs", bucket, prefix, url, ...common, ...texts(parsed, ["endpoint", "project"]) };
}

function isKnown(protocol: string): protocol is keyof typeof OPTIONS {
  return Object.hasOwn(OPTIONS, protocol);
}

function wrong(what: string): WrongLocation {
  return new WrongLocation(what);
}

function commonOf({ searchParams }: URL): Omit<Common, "url"> {
  const mode = searchParams.get("mode");
  const when = searchParams.get("when");
  const timeout = searchParams.get("timeout");
  if (mode !== null && !isMode(mode)) throw wrong('have "mode" as read, write or readwrite');
  if (when !== null && when !== "worthwhile" && when !== "always") throw wrong('have "when" as worthwhile or always');
  const timeoutMs = timeout === null ? undefined : durationOf(timeout);
  return {
    ...(mode === null ? {} : { mode }),
    ...(when === null ? {} : { when }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
}

function durationOf(text: string): number {
  try {
    const ms = parseDuration(text, "timeout");
    if (ms > 0) return ms;
  } catch {
    // Told below.
  }
  throw wrong('have "timeout" as a duration, such as 10s');
}

function isMode(text: string): text is RemoteMode {
  return text === "read" || text === "write" || text === "readwrite";
}

function folderOf(parsed: URL): { readonly folder: string; readonly url: string } {
  if (parsed.hostname !== "") throw wrong(`name a folder without a host ("${parsed.hostname}"): file:///folder`);
  const bare = new URL(parsed.href);
  bare.search = "";
  const folder = path.resolve(fileURLToPath(bare));
  if (folder === path.parse(folder).root) throw wrong("name a folder below the root");
  return { folder, url: bare.href.replace(/\/+$/, "") };
}

function prefixOf({ pathname }: URL): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(pathname);
  } catch {
    throw wrong("have a path that is well-formed");
  }
  const parts = decoded.split("/").filter((part) => part !== "");
  return parts.length === 0 ? "" : `${parts.join("/")}/`;
}

function texts<K extends string>({ searchParams }: URL, names: readonly K[]): { [N in K]?: string } {
  const found: { [N in K]?: string } = {};
  for (const name of names) {
    const value = searchParams.get(name);
    if (value === null) continue;
    if (value === "") throw wrong(`give "${name}" a value`);
    if (name === "endpoint" && !/^https?:\/\//.test(value)) throw wrong('have "endpoint" as a URL (https://…)');
    found[name] = value;
  }
  return found;
}
