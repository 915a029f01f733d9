import { getCallSites } from "node:util";

const FRAMES = 12;
const OWN = new URL(import.meta.url.endsWith(".ts") ? "./" : "", import.meta.url).href;

/** The script that calls a function which is watched: `node:…` for a part of Node.js. */
export function callingScript(): string {
  const frames = getCallSites(FRAMES).map(({ scriptName }) => scriptName);
  return frames.find((script) => !script.startsWith(OWN)) ?? "";
}
