import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { cli } from "../rig/cli.ts";
import { nodeBinary } from "../rig/nodes.ts";

const packageJson = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8")) as {
  readonly version: string;
  readonly engines: { readonly node: string };
};

test.each([16, 20] as const)(
  "on Node %i, one line says which version is needed",
  { timeout: 300_000 },
  async (major) => {
    const node = await nodeBinary(major);

    const result = await cli(["--version"], { node });

    expect(result.stdout).toBe("");
    expect(result.stderr).toMatch(
      new RegExp(`^scalable needs Node\\.js \\d+\\.\\d+ or newer; this is v${major}\\.\\d+\\.\\d+\\.\n$`),
    );
    expect(result.code).toBe(1);
    // The number in the message is the one that npm goes by.
    expect(packageJson.engines.node).toBe(`>=${/\d+\.\d+/.exec(result.stderr)?.[0]}`);
  },
);

test.each([22, 24, 26] as const)("on Node %i, the command line runs", { timeout: 300_000 }, async (major) => {
  const node = await nodeBinary(major);

  const result = await cli(["--version"], { node });

  expect(result).toMatchObject({ code: 0, signal: null, stdout: `${packageJson.version}\n` });
});
