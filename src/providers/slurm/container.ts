import path from "node:path";
import type { Mount } from "../../manifest/mount.ts";

export interface Container {
  readonly runtime: "apptainer" | "podman" | "docker";
  readonly image: string;
  readonly mounts: readonly Mount[];
  /** Folders that calls need besides: they are seen in it where they are outside. */
  readonly needed: readonly string[];
  /** Names of variables that are to be seen in it. */
  readonly variables: readonly string[];
  readonly workingDirectory: string;
}

/** The command that runs another one in a container. */
export function inContainer({ runtime, image, mounts, needed, variables, workingDirectory }: Container): string[] {
  const all = [...missingMounts(needed, mounts), ...mounts];
  switch (runtime) {
    case "apptainer":
      // It hands the environment over by itself.
      return [
        "apptainer",
        "exec",
        ...all.flatMap((mount) => ["--mount", mountText(mount, ["src", "dst", "ro"])]),
        "--pwd",
        workingDirectory,
        image,
      ];
    case "podman":
    case "docker":
      return [
        runtime,
        "run",
        "--rm",
        // Without it, Node.js is the first process there, which the kernel lets no signal end: not Slurm's, and not its own.
        "--init",
        ...(runtime === "docker" ? ownUser() : []),
        ...all.flatMap((mount) => ["--mount", mountText(mount, ["source", "target", "readonly"])]),
        ...variables.flatMap((name) => ["--env", name]),
        "--workdir",
        workingDirectory,
        image,
      ];
  }
}

/** The folders that are needed, but for those that the user mounts: two mounts at one place are refused. */
function missingMounts(needed: readonly string[], mounts: readonly Mount[]): Mount[] {
  const there = new Set(mounts.map(({ target }) => path.posix.resolve("/", target)));
  return [...new Set(needed)]
    .filter((folder) => !there.has(path.posix.resolve("/", folder)))
    .map((folder) => ({ source: folder, target: folder, readOnly: false }));
}

/** What root writes in a container of docker is root's outside, and its session could not read it. */
function ownUser(): string[] {
  const [user, group] = [process.getuid?.(), process.getgid?.()];
  return user === undefined || group === undefined ? [] : ["--user", `${user}:${group}`];
}

/** A mount as a line of comma-separated values, which all three read: paths may have commas and quotes in them. */
function mountText({ source, target, readOnly }: Mount, [from, to, ro]: readonly [string, string, string]): string {
  const fields = ["type=bind", `${from}=${source}`, `${to}=${target}`, ...(readOnly ? [ro] : [])];
  return fields.map((field) => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(",");
}
