/** What the jobs of a cluster run. */
import { cacheable } from "scalable";

/** Takes 50 ms, in which it does nothing. */
export const brief = cacheable(
  { name: "brief", args: { round: Number, i: Number } },
  async (round: number, i: number) => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    return { round, i };
  },
);
