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
  const all = [...needed.map((folder): Mount => ({ source: folder, target: folder, readOnly: false })), ...mounts];
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
        ...all.flatMap((mount) => ["--mount", mountText(mount, ["source", "target", "readonly"])]),
        ...variables.flatMap((name) => ["--env", name]),
        "--workdir",
        workingDirectory,
        image,
      ];
  }
}

/** A mount as a line of comma-separated values, which all three read: paths may have commas and quotes in them. */
function mountText({ source, target, readOnly }: Mount, [from, to, ro]: readonly [string, string, string]): string {
  const fields = ["type=bind", `${from}=${source}`, `${to}=${target}`, ...(readOnly ? [ro] : [])];
  return fields.map((field) => (/[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(",");
}
