/** A workflow of many calls on a cluster, as a program of its own: `slurm-again.ts MANIFEST N`. */
import { ScalableSession } from "scalable";
import { brief } from "./slurm-tasks.ts";

const [manifest = "", n = "0"] = process.argv.slice(2);
await using session = await ScalableSession.fromYaml(manifest, { target: "hpc" });
const client = session.start();
const results = await client.gather(Array.from({ length: Number(n) }, (_, i) => client.submit(brief, [0, i])));
if (results.some((result, i) => result.i !== i)) throw new Error("a wrong result");
