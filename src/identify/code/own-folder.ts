import { fileURLToPath } from "node:url";

/** The folder with this package's own code, which ends with a separator: that of the sources, or of what is built of them. */
export const ownFolder = fileURLToPath(new URL(import.meta.url.endsWith(".ts") ? "../../" : "./", import.meta.url));
