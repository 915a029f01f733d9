import { checkManifest, type Manifest, type Problem, readManifest } from "../../src/manifest/manifest.ts";
import { workspace } from "../rig/workspace.ts";

/** What every manifest needs. */
export const HEAD = "version: 1\nproject: {name: demo}\n";

/** The problems of a manifest with this content. */
export async function problemsOf(content: string | Uint8Array): Promise<readonly Problem[]> {
  const ws = await workspace();
  return (await checkManifest(await ws.write("scalable.yaml", content))).problems;
}

/** `code line:column` of each problem. */
export async function placesOf(content: string | Uint8Array): Promise<string[]> {
  return (await problemsOf(content)).map(({ code, line, column }) => `${code} ${line}:${column}`);
}

export async function manifestOf(content: string | Uint8Array): Promise<Manifest> {
  const ws = await workspace();
  return await readManifest(await ws.write("scalable.yaml", content));
}
