import { captured } from "./captured.ts";
import type { CodeCase } from "./case.ts";
import { classes } from "./classes.ts";
import { commonjs } from "./commonjs.ts";
import { either } from "./either.ts";
import { graph } from "./graph.ts";
import { loading } from "./loading.ts";
import { modules } from "./modules.ts";
import { ownBody } from "./own-body.ts";
import { packages } from "./packages.ts";
import { resolution } from "./resolution.ts";
import { roots } from "./roots.ts";
import { scopes } from "./scopes.ts";
import { types } from "./types.ts";
import { unrelated } from "./unrelated.ts";
import { warnings } from "./warnings.ts";
import { writes } from "./writes.ts";
import { writesAcross } from "./writes-across.ts";
import { writesHidden } from "./writes-hidden.ts";

export const TOPICS: Readonly<Record<string, readonly CodeCase[]>> = {
  "its own body": ownBody,
  types,
  scopes,
  "how it is cached": roots,
  modules,
  resolution,
  "what may be loaded in its place": either,
  packages,
  CommonJS: commonjs,
  "classes and values": classes,
  "what leads to what": graph,
  "statements that write": writes,
  "writes in order, and across modules": writesAcross,
  "writes by a detour": writesHidden,
  "what is loaded": loading,
  "what is beside it": unrelated,
  "what is captured": captured,
  warnings,
};
