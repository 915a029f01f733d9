import path from "node:path";
import { fileURLToPath } from "node:url";
import { ScalableError } from "../../errors.ts";
import { parseDuration } from "../../settings.ts";

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

/**
 * Where a remote is, from its URL: `s3://bucket/prefix`, `gs://bucket/prefix` or `file:///folder`, with options in the
 * query.
 *
 * @param setting - the option or variable, for the error.
 * @throws ScalableError with `E_SETTING` that says what is wrong.
 */
export function parseLocation(text: string, setting: string): RemoteLocation {
  const wrong = (why: string): ScalableError =>
    new ScalableError("E_SETTING", `${setting} is ${JSON.stringify(text)}, but ${why}.`, { setting });
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  if (parsed === undefined || !isKnown(parsed.protocol)) {
    throw wrong("must be s3://bucket/prefix, gs://bucket/prefix or file:///folder");
  }
  if (parsed.username !== "" || parsed.password !== "") {
    throw wrong("a URL is no place for credentials: they come from the environment or the client's own files");
  }
  if (parsed.hash !== "") throw wrong(`"${parsed.hash}" has no meaning`);
  const known: readonly string[] = OPTIONS[parsed.protocol];
  for (const name of parsed.searchParams.keys()) {
    if (!known.includes(name)) throw wrong(`there is no option "${name}" (there are ${known.join(", ")})`);
  }
  const common = commonOf(parsed, wrong);
  if (parsed.protocol === "file:") return { scheme: "file", ...common, ...folderOf(parsed, wrong) };
  const bucket = parsed.hostname;
  if (bucket === "") throw wrong("names no bucket");
  if (parsed.port !== "") throw wrong("a bucket has no port: name the server with ?endpoint=http://host:port");
  const prefix = prefixOf(parsed, wrong);
  const url = `${parsed.protocol}//${bucket}${prefix === "" ? "" : `/${prefix.slice(0, -1)}`}`;
  if (parsed.protocol === "s3:") {
    return { scheme: "s3", bucket, prefix, url, ...common, ...texts(parsed, ["region", "endpoint", "profile"], wrong) };
  }
  return { scheme: "gs", bucket, prefix, url, ...common, ...texts(parsed, ["endpoint", "project"], wrong) };
}

function isKnown(protocol: string): protocol is keyof typeof OPTIONS {
  return Object.hasOwn(OPTIONS, protocol);
}

type Wrong = (why: string) => ScalableError;

function commonOf({ searchParams }: URL, wrong: Wrong): Omit<Common, "url"> {
  const mode = searchParams.get("mode");
  const when = searchParams.get("when");
  const timeout = searchParams.get("timeout");
  if (mode !== null && !isMode(mode)) throw wrong('"mode" must be read, write or readwrite');
  if (when !== null && when !== "worthwhile" && when !== "always") throw wrong('"when" must be worthwhile or always');
  const timeoutMs = timeout === null ? undefined : parseDuration(timeout, '"timeout" of the remote');
  if (timeoutMs === 0) throw wrong('"timeout" must be more than 0');
  return {
    ...(mode === null ? {} : { mode }),
    ...(when === null ? {} : { when }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
}

export function isMode(text: string): text is RemoteMode {
  return text === "read" || text === "write" || text === "readwrite";
}

function folderOf(parsed: URL, wrong: Wrong): { readonly folder: string; readonly url: string } {
  if (parsed.hostname !== "") throw wrong(`a folder has no host ("${parsed.hostname}"): write file:///folder`);
  const bare = new URL(parsed.href);
  bare.search = "";
  const folder = path.resolve(fileURLToPath(bare));
  if (folder === path.parse(folder).root) throw wrong("it must name a folder below the root");
  return { folder, url: bare.href.replace(/\/+$/, "") };
}

function prefixOf({ pathname }: URL, wrong: Wrong): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(pathname);
  } catch {
    throw wrong("its path is not well-formed");
  }
  const parts = decoded.split("/").filter((part) => part !== "");
  return parts.length === 0 ? "" : `${parts.join("/")}/`;
}

function texts<K extends string>({ searchParams }: URL, names: readonly K[], wrong: Wrong): { [N in K]?: string } {
  const found: { [N in K]?: string } = {};
  for (const name of names) {
    const value = searchParams.get(name);
    if (value === null) continue;
    if (value === "") throw wrong(`"${name}" is empty`);
    if (name === "endpoint" && !/^https?:\/\//.test(value)) throw wrong('"endpoint" must be a URL (https://…)');
    found[name] = value;
  }
  return found;
}
