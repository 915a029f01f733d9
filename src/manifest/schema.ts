import * as z from "zod";
import { locationFault } from "../remote-location.ts";
import { isPublicKey, parseBytes, parseDuration } from "../settings.ts";
import { FACTOR, parseFactor } from "./factor.ts";
import { parseMount } from "./mount.ts";

/*
 * The one description of a manifest: it is checked by it, and docs/formats/manifest.schema.json is made of it. Messages
 * are what a value must be; who reports them puts place and value before.
 */

const NON_EMPTY = "text that is not empty";
const text = z.string(NON_EMPTY).min(1, NON_EMPTY);
const A_MAPPING = "a mapping";

const SIZE = "a size, such as 8GB or 512MB";
const size = z.union([z.number(SIZE).positive(SIZE), z.string(SIZE).refine(accepts(parseBytes), SIZE)], SIZE);

const DURATION = "a duration, such as 90s or 30m, or a number of milliseconds";
const duration = z.union(
  [z.number(DURATION).positive(DURATION), z.string(DURATION).refine(accepts(parseDuration), DURATION)],
  DURATION,
);

const RUNTIMES = ["apptainer", "podman", "docker", "none"] as const;
const RUNTIME = "apptainer, podman, docker or none";

const CPUS = "a positive number";
const MOUNTS = 'a list of "source:target" or "source:target:ro", or a mapping of sources to targets';
const MOUNT = '"source:target" or "source:target:ro"';
const MOUNT_TARGET = 'a path in the container, with ":ro" behind it where it is only read';
const VARIABLE = "text, a number, true or false";
const TAGS = "a list of text";

export const componentSchema = z.strictObject(
  {
    image: text.optional().meta({ description: "The container image in which the component's calls run." }),
    runtime: z.enum(RUNTIMES, RUNTIME).optional().meta({ description: "What runs the image." }),
    cpus: z.number(CPUS).positive(CPUS).optional().meta({ description: "Cores for one call." }),
    memory: size.optional().meta({ description: "Memory for one call, such as 8GB (1 GB is 1,024 MB)." }),
    mounts: z
      .union(
        [
          z.array(
            z.string(MOUNT).refine((mount) => parseMount(mount) !== undefined, MOUNT),
            MOUNTS,
          ),
          z.record(
            z.string(),
            z.string(MOUNT_TARGET).refine((target) => parseMount(`source:${target}`) !== undefined, MOUNT_TARGET),
            MOUNTS,
          ),
        ],
        MOUNTS,
      )
      .optional()
      .meta({ description: "Folders and files that the container sees." }),
    env: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()], VARIABLE), A_MAPPING)
      .optional()
      .meta({ description: "Environment variables." }),
    tags: z.array(text, TAGS).optional().meta({ description: "Words to find it by." }),
    preload_script: text.optional().meta({ description: "A module that each worker imports before anything else." }),
  },
  { error: ({ code }) => (code === "invalid_type" ? A_MAPPING : undefined) },
);

const PUBLIC_KEYS = "a list of public keys";
const PUBLIC_KEY = "a public key (ed25519:…), which scalable cache keygen makes";

const TIMES = "a whole number from 0 on";
const OUTPUTS = 'a mapping of names to "file" or "folder", or a list of names';
const RETRIES = "a whole number from 0 on, or a mapping with max, backoff, memory and walltime";
const isFactor = (value: string | number) => parseFactor(value) !== undefined;
const factor = z.union([z.number(FACTOR).refine(isFactor, FACTOR), z.string(FACTOR).refine(isFactor, FACTOR)], FACTOR);

export const retriesSchema = z.strictObject(
  {
    max: z.int(TIMES).nonnegative(TIMES).meta({ description: "How often a call that failed is tried again." }),
    backoff: duration.optional().meta({ description: "How long to wait before the first retry." }),
    memory: factor
      .optional()
      .meta({ description: "On a cluster, how many times the memory a call gets after it ran out of it, such as 2x." }),
    walltime: factor.optional().meta({
      description: "On a cluster, how many times the walltime a call gets after it ran out of it, such as 2x.",
    }),
  },
  { error: ({ code }) => (code === "invalid_type" ? RETRIES : undefined) },
);

export const taskSchema = z.strictObject(
  {
    component: text.meta({ description: "The component that its calls run with." }),
    cache: z
      .boolean("true or false")
      .optional()
      .meta({ description: "Whether results are looked up and stored.", default: true }),
    outputs: z
      .union(
        [z.array(text, OUTPUTS), z.record(z.string(), z.enum(["file", "folder"], "file or folder"), OUTPUTS)],
        OUTPUTS,
      )
      .optional()
      .meta({ description: "Properties of the result object whose value is the path of a file or folder." }),
    retries: z
      .union([z.int(TIMES).nonnegative(TIMES), retriesSchema], RETRIES)
      .optional()
      .meta({ description: "How often a call that failed is tried again.", default: 0 }),
    timeout: duration
      .optional()
      .meta({ description: "How long one try may take, such as 30m; a number is milliseconds." }),
  },
  { error: ({ code }) => (code === "invalid_type" ? A_MAPPING : undefined) },
);

export const overlaySchema = z.strictObject(
  {
    components: z
      .record(z.string(), componentSchema, A_MAPPING)
      .optional()
      .meta({ description: "Keys that replace those of the components with these names." }),
    options: z
      .record(z.string(), z.unknown(), A_MAPPING)
      .optional()
      .meta({ description: "Options that replace those of the target." }),
  },
  { error: ({ code }) => (code === "invalid_type" ? A_MAPPING : undefined) },
);

export const projectSchema = z.strictObject(
  {
    name: text.meta({ description: "The project's name, which runs carry." }),
    local_cache: text.optional().meta({ description: "The cache folder, seen from the manifest's folder." }),
    remote_cache: text.superRefine(checkRemote).optional().meta({
      description: "Where a team shares results: s3://bucket/prefix, gs://bucket/prefix or file:///folder.",
    }),
    trusted_keys: z
      .array(text.refine(isPublicKey, PUBLIC_KEY), PUBLIC_KEYS)
      .optional()
      .meta({ description: "Public keys of which one must have signed what is read from the shared cache." }),
    default_storage: text.optional().meta({ description: "Where files go that are given no other place." }),
  },
  { error: ({ code }) => (code === "invalid_type" ? A_MAPPING : undefined) },
);

function checkRemote(value: string, context: z.RefinementCtx): void {
  const fault = value === "" ? undefined : locationFault(value);
  if (fault !== undefined) context.addIssue({ code: "custom", message: fault });
}

const OVERLAY = "the name of an overlay, or a mapping with components and options";

/** What targets of all providers have. */
export const targetShape = {
  provider: text.meta({ description: "What runs the calls." }),
  overlay: z
    .union([text, overlaySchema], OVERLAY)
    .optional()
    .meta({ description: "Changes to components and options for this target: the name of an overlay, or one itself." }),
};

/** @param target - any target, or, for editors, those that there are. */
export function manifestSchemaWith<Target extends z.ZodType>(target: Target) {
  return z.strictObject(
    {
      version: z.literal(1).meta({ description: "The version of this format." }),
      project: projectSchema,
      targets: z
        .record(z.string(), target, A_MAPPING)
        .optional()
        .meta({ description: "Places to run. Without any, there is one: local." }),
      components: z
        .record(z.string(), componentSchema, A_MAPPING)
        .optional()
        .meta({ description: "What calls need to run: processors, memory, an image." }),
      tasks: z
        .record(z.string(), taskSchema, A_MAPPING)
        .optional()
        .meta({ description: "Functions, with the component and the cache policy of each." }),
      overlays: z
        .record(z.string(), overlaySchema, A_MAPPING)
        .optional()
        .meta({ description: "Changes that targets can make to components and options." }),
    },
    { error: ({ code }) => (code === "invalid_type" ? A_MAPPING : undefined) },
  );
}

export const manifestSchema = manifestSchemaWith(
  z.looseObject(targetShape, { error: ({ code }) => (code === "invalid_type" ? A_MAPPING : undefined) }),
);

function accepts(parse: (value: string, what: string) => number): (value: string) => boolean {
  return (value) => {
    try {
      return parse(value, "") > 0;
    } catch {
      return false;
    }
  };
}
