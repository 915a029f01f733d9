import { numberOf } from "./component.ts";
import { badValue, keySpan, pathText } from "./describe-issue.ts";
import { childOf, type ManifestNode, textOf } from "./node.ts";
import type { Finding } from "./problem-list.ts";

const ON_SLURM = "on a target with provider: slurm";

/**
 * What jobs of a cluster could not be made of, though a component can be it elsewhere.
 *
 * No target is named: several that see the same component would make one problem many.
 */
export function* slurmComponentFindings(component: ManifestNode, name: string): Generator<Finding> {
  const place = (key: string) => pathText(["components", name, key]);
  const cpus = numberOf(childOf(component, "cpus"));
  // One that is not positive is wrong everywhere.
  if (cpus !== undefined && cpus > 0 && !Number.isInteger(cpus)) {
    const expected = `a whole number ${ON_SLURM}`;
    yield badValue(component, ["cpus"], { code: "E_BAD_VALUE", expected, place: place("cpus") });
  }
  const image = childOf(component, "image");
  const runtime = childOf(component, "runtime");
  if (textOf(image) !== undefined && runtime === undefined) {
    const message = `${place("image")} needs a runtime ${ON_SLURM}: add runtime: apptainer, or what else runs it there (none: calls run without it).`;
    yield { code: "E_MISSING_KEY", span: keySpan(component, ["image"]), message };
  }
  if (image === undefined && ![undefined, "none"].includes(textOf(runtime))) {
    const message = `${place("runtime")} needs an image ${ON_SLURM}: add image, or remove the runtime.`;
    yield { code: "E_MISSING_KEY", span: keySpan(component, ["runtime"]), message };
  }
}
