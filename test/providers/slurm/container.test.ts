import { spawnSync } from "node:child_process";
import { chmod } from "node:fs/promises";
import path from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Mount } from "../../../src/manifest/mount.ts";
import { type Container, inContainer } from "../../../src/providers/slurm/container.ts";
import { scriptText } from "../../../src/providers/slurm/script.ts";
import { workspace } from "../../rig/workspace.ts";

const RUNTIMES = ["apptainer", "podman", "docker"] as const;

const SIMPLE: Omit<Container, "runtime"> = {
  image: "model.sif",
  mounts: [
    { source: "/data", target: "/in", readOnly: true },
    { source: "/scratch", target: "/out", readOnly: false },
  ],
  needed: ["/home/ann/project"],
  variables: ["SLURM_JOB_ID", "OMP_NUM_THREADS"],
  workingDirectory: "/home/ann/project",
};

const USER = ["--user", `${process.getuid?.()}:${process.getgid?.()}`];

test("apptainer hands its environment over by itself", () => {
  expect(inContainer({ ...SIMPLE, runtime: "apptainer" })).toEqual([
    "apptainer",
    "exec",
    "--mount",
    "type=bind,src=/home/ann/project,dst=/home/ann/project",
    "--mount",
    "type=bind,src=/data,dst=/in,ro",
    "--mount",
    "type=bind,src=/scratch,dst=/out",
    "--pwd",
    "/home/ann/project",
    "model.sif",
  ]);
});

test.each([
  ["podman", []],
  ["docker", USER],
] as const)("%s is told which variables to hand over", (runtime, user) => {
  expect(inContainer({ ...SIMPLE, runtime })).toEqual([
    runtime,
    "run",
    "--rm",
    "--init",
    ...user,
    "--mount",
    "type=bind,source=/home/ann/project,target=/home/ann/project",
    "--mount",
    "type=bind,source=/data,target=/in,readonly",
    "--mount",
    "type=bind,source=/scratch,target=/out",
    "--env",
    "SLURM_JOB_ID",
    "--env",
    "OMP_NUM_THREADS",
    "--workdir",
    "/home/ann/project",
    "model.sif",
  ]);
});

test.each(RUNTIMES)("%s: what is seen in the same place is mounted once, as the user says it", (runtime) => {
  const command = inContainer({
    ...SIMPLE,
    runtime,
    needed: ["/project", "/project", "/project/.scalable/slurm", "/package"],
    mounts: [{ source: "/fast/project", target: "/project/", readOnly: false }],
  });

  expect(mountsIn(command)).toEqual([
    { source: "/project/.scalable/slurm", target: "/project/.scalable/slurm", readOnly: false },
    { source: "/package", target: "/package", readOnly: false },
    { source: "/fast/project", target: "/project/", readOnly: false },
  ]);
});

const PLACE = fc
  .string({ unit: fc.constantFrom(..."ab/ ,\"'=\n\r\\:ü") })
  .map((text) => `/${text}`)
  .filter((text) => !text.includes("\0"));

test("mounts are read back as they are, whatever the paths have in them", () => {
  const mount = fc.record({ source: PLACE, target: PLACE, readOnly: fc.boolean() });
  fc.assert(
    fc.property(fc.constantFrom(...RUNTIMES), fc.array(mount, { maxLength: 4 }), (runtime, mounts) => {
      const command = inContainer({ ...SIMPLE, runtime, needed: [], mounts });

      expect(mountsIn(command)).toEqual(mounts);
    }),
  );
});

test.each(RUNTIMES)("a stand-in for %s, started by the script of a job, gets these arguments", async (runtime) => {
  const ws = await workspace();
  // No container is run here: the program notes what it is asked for.
  const standIn = await ws.write(`bin/${runtime}`, `#!/bin/sh\nprintf '%s\\0' "$@" > "$RECORDED"\n`);
  await chmod(standIn, 0o755);
  const mounts: Mount[] = [
    { source: "/data/a, b", target: '/in "c"', readOnly: true },
    { source: "/$(touch x)/`touch y`", target: "/it's", readOnly: false },
  ];
  const asked = inContainer({ ...SIMPLE, runtime, mounts, image: "docker://ghcr.io/a/b:1.0@sha256:00 $x" });
  const command = [...asked, "node", "job.js", "a b"];
  const text = scriptText({ setup: [], workingDirectory: ws.path, command });

  const { status } = spawnSync("/bin/bash", [await ws.write("job.sh", text)], {
    env: { PATH: `${path.dirname(standIn)}:/usr/bin:/bin`, RECORDED: ws.resolve("argv") },
  });

  expect(status).toBe(0);
  expect((await ws.read("argv")).split("\0").slice(0, -1)).toEqual(command.slice(1));
});

function mountsIn(command: readonly string[]): Mount[] {
  return command.flatMap((word, place) => (command[place - 1] === "--mount" ? [mountFrom(word)] : []));
}

/** A mount as the container runtimes read it: a record of comma-separated values, each a name and its value. */
function mountFrom(text: string): Mount {
  const fields = csvRecord(text).map((field) => {
    const [name = "", ...value] = field.split("=");
    return [name, value.join("=")] as const;
  });
  const values = new Map(fields);
  expect(values.get("type")).toBe("bind");
  return {
    source: values.get("src") ?? values.get("source") ?? "",
    target: values.get("dst") ?? values.get("target") ?? "",
    readOnly: values.has("ro") || values.has("readonly"),
  };
}

/** As Go's encoding/csv reads the first record: a bare quote is an error, a line break outside of quotes ends it. */
function csvRecord(text: string): string[] {
  const fields: string[] = [];
  let rest = text;
  for (;;) {
    const [matched, quotedField, plainField] = /^(?:"((?:[^"]|"")*)"|([^",\r\n]*))(?:,|$)/.exec(rest) ?? [];
    if (matched === undefined) throw new Error(`not comma-separated: ${JSON.stringify(text)}`);
    fields.push(quotedField?.replaceAll('""', '"') ?? plainField ?? "");
    if (!matched.endsWith(",")) return fields;
    rest = rest.slice(matched.length);
  }
}
