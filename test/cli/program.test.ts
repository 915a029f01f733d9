import { expect, test } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { cli } from "../rig/cli.ts";

test("--version is that of the package", async () => {
  const { code, stdout, stderr } = await cli(["--version"]);
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `${manifest.version}\n`, stderr: "" });
});

test.each([[["--help"]], [["cache", "--help"]], [["cache", "list", "--help"]], [["help", "cache"]]])(
  "%j goes to standard output, and tells the exit codes",
  async (args) => {
    const { code, stdout, stderr } = await cli(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^Usage: scalable/);
    expect(stdout).toMatch(/^Exit codes:\n {2}0 .+\n {2}1 .+\n {2}2 .+$/m);
  },
);

test("the help of the group names every command", async () => {
  const { stdout } = await cli(["cache", "--help"]);
  for (const command of ["stats", "list", "show", "verify", "prune", "clear", "path"]) {
    expect(stdout).toMatch(new RegExp(`^ {2}${command}\\b`, "m"));
  }
});

test.each([[[]], [["cache"]]])("%j lacks a command: the help goes to standard error", async (args) => {
  const { code, stdout, stderr } = await cli(args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(/^Usage: scalable/);
});

test.each([
  [["cash"], "unknown command 'cash'"],
  [["cache", "lost"], "unknown command 'lost'"],
  [["cache", "stats", "--colour"], "unknown option '--colour'"],
  [["cache", "stats", "everything"], "too many arguments"],
  [["cache", "list", "--limit"], "argument missing"],
])("%j is a usage error", async (args, message) => {
  const { code, stdout, stderr } = await cli(args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(/^scalable: /);
  expect(stderr).toContain(message);
  expect(stderr).not.toMatch(/^ +at /m);
});
