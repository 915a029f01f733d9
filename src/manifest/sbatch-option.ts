/** An option as sbatch takes it, or what it must be instead. */
export type SbatchOptionRead =
  | { readonly option: string; readonly fault?: never }
  | { readonly option?: never; readonly fault: string };

interface Reserved {
  readonly long: string;
  readonly short?: string;
  /** What of the manifest sets it. */
  readonly by?: string;
}

/** Those that scalable sets itself, that change what it reads of sbatch, or that exclude what it sets. */
const RESERVED: readonly Reserved[] = [
  { long: "partition", short: "p", by: "queue of the target" },
  { long: "time", short: "t", by: "walltime of the target" },
  { long: "account", short: "A", by: "account of the target" },
  { long: "qos", short: "q", by: "qos of the target" },
  { long: "constraint", short: "C", by: "constraint of the target" },
  { long: "gres", by: "gres of the target" },
  { long: "nodes", short: "N", by: "nodes of the target" },
  { long: "array", short: "a", by: "array_size and max_jobs of the target" },
  { long: "mem", by: "memory of the component" },
  { long: "mem-per-cpu", by: "memory of the component" },
  { long: "mem-per-gpu", by: "memory of the component" },
  { long: "cpus-per-task", short: "c", by: "cpus of the component" },
  { long: "export", by: "env of the component" },
  { long: "export-file", by: "env of the component" },
  { long: "chdir", short: "D" },
  { long: "clusters", short: "M" },
  { long: "error", short: "e" },
  { long: "help", short: "h" },
  { long: "job-name", short: "J" },
  { long: "no-requeue" },
  { long: "open-mode" },
  { long: "output", short: "o" },
  { long: "parsable" },
  { long: "requeue" },
  { long: "test-only" },
  { long: "usage" },
  { long: "version", short: "V" },
  { long: "wait", short: "W" },
  { long: "wrap" },
];

const DIRECTIVE = /^#SBATCH\s+/;
const LONG = /^--([a-z][a-z0-9-]*)(?:(?:=|\s+(?!-))(.*))?$/u;
const SHORT = /^-([A-Za-z])/;
const SEVERAL = /^--\S+\s+-/;
const QUOTED = /^(?:"([^"]*)"|'([^']*)')$/;
/** Here a shell would end a value, or ask for more. */
const BROKEN = /[\s"']/;
const CONTROL = /\p{Cc}/u;

export const SBATCH_OPTION = 'an option of sbatch by its long name, such as "--exclusive" or "--nodelist=node7"';
const ONE_OPTION = "one option, with quotes around a value that has blanks in it";

/** An option as it is written on a command line, or on a line `#SBATCH …`. A name and its value are joined by `=`. */
export function readSbatchOption(text: string): SbatchOptionRead {
  const written = text.trim().replace(DIRECTIVE, "");
  const [, name, value] = LONG.exec(written) ?? [];
  const reserved = reservedOf(name, SHORT.exec(written)?.[1]);
  if (reserved !== undefined) return { fault: faultOf(reserved) };
  if (name === undefined || CONTROL.test(written)) return { fault: SEVERAL.test(written) ? ONE_OPTION : SBATCH_OPTION };
  if (value === undefined) return { option: `--${name}` };
  const [, double, single] = QUOTED.exec(value) ?? [];
  const unquoted = double ?? single;
  if (unquoted === undefined && BROKEN.test(value)) return { fault: ONE_OPTION };
  return { option: `--${name}=${unquoted ?? value}` };
}

/** sbatch takes the beginning of a name for the whole; no other option's name is the beginning of a reserved one. */
function reservedOf(name: string | undefined, short: string | undefined): Reserved | undefined {
  if (name !== undefined) return RESERVED.find(({ long }) => long.startsWith(name));
  return short === undefined ? undefined : RESERVED.find((each) => each.short === short);
}

function faultOf({ long, by }: Reserved): string {
  const fault = "an option that scalable does not set itself";
  return by === undefined ? `${fault}, as it does --${long}` : `${fault}: for --${long}, use ${by}`;
}
