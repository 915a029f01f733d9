import { messageOf } from "../../errors.ts";
import { type ArrayRecord, readArray, submittedAs } from "./array-record.ts";
import { type CallStanding, standingsOf } from "./call-standing.ts";
import { SlurmCommandError } from "./commands.ts";
import { listMarks } from "./marks.ts";
import { askQueue, type QueueSnapshot, standingOf } from "./queue.ts";
import { jobNameOf } from "./watched-array.ts";
import { arrayFolder, arrayIds, checkWorkFolder } from "./work-folder.ts";

/** An array, and how its calls stand. */
export interface SurveyedArray {
  /** Absolute. */
  readonly folder: string;
  readonly record: ArrayRecord;
  /** The number that Slurm gave it, where it is submitted. */
  readonly jobId: string | undefined;
  /** For each of its calls. */
  readonly standings: readonly CallStanding[];
  /** What its running jobs have. */
  readonly nodes: readonly string[];
  readonly cores: number;
  /** Jobs that Slurm would have to end. */
  readonly liveJobs: number;
}

export interface Survey {
  /** The oldest first. */
  readonly arrays: readonly SurveyedArray[];
  /** Folders that hold no array that can be understood. */
  readonly unreadable: readonly { readonly name: string; readonly reason: string }[];
  /** Why Slurm could not be asked, where that is so. */
  readonly trouble: SlurmCommandError | undefined;
}

/** Which arrays are looked at: those of which something waits or runs, or all. */
export type SurveyScope = "open" | "all";

/**
 * The arrays in work folders, by what their jobs have noted, and by one question to Slurm.
 *
 * @throws ScalableError with `E_SETTING` where such a folder belongs to somebody else.
 */
export async function surveyArrays(
  workDirs: Iterable<string>,
  scope: SurveyScope,
  isWanted: (record: ArrayRecord) => boolean,
): Promise<Survey> {
  const listed: Listed[] = [];
  // Numbers first: what is submitted after Slurm was asked must not be taken for lost.
  for (const workDir of new Set(workDirs)) {
    checkWorkFolder(workDir);
    for (const id of arrayIds(workDir)) {
      const folder = arrayFolder(workDir, id);
      listed.push({ id, folder, jobId: submittedAs(folder) });
    }
  }
  listed.sort((a, b) => (a.id < b.id ? -1 : 1));
  const { queue, trouble } = listed.length === 0 ? NOT_ASKED : await ask();
  const live = liveJobs(queue);
  const arrays: SurveyedArray[] = [];
  const unreadable: { name: string; reason: string }[] = [];
  for (const { id, folder, jobId } of listed) {
    const known = jobId !== undefined && queue !== undefined;
    // Many old arrays may be there, and their records may be long.
    if (scope === "open" && known && !live.has(jobId)) continue;
    try {
      const record = readArray(folder);
      if (!isWanted(record)) continue;
      const array = await look({ folder, record, jobId: jobId ?? queue?.arrays.get(jobNameOf(record)), queue }, live);
      if (scope === "all" || isOpen(array)) arrays.push(array);
    } catch (error) {
      unreadable.push({ name: id, reason: messageOf(error) });
    }
  }
  return { arrays, unreadable, trouble };
}

interface Listed {
  readonly id: string;
  readonly folder: string;
  readonly jobId: string | undefined;
}

const NOT_ASKED = { queue: undefined, trouble: undefined } as const;

async function ask(): Promise<{
  readonly queue: QueueSnapshot | undefined;
  readonly trouble: SlurmCommandError | undefined;
}> {
  try {
    return { queue: await askQueue(), trouble: undefined };
  } catch (error) {
    if (error instanceof SlurmCommandError) return { queue: undefined, trouble: error };
    throw error;
  }
}

/** What Slurm has of an array that waits or runs. */
interface Live {
  jobs: number;
  cores: number;
  readonly nodes: Set<string>;
}

/** By the numbers of arrays. */
function liveJobs(queue: QueueSnapshot | undefined): ReadonlyMap<string, Live> {
  const live = new Map<string, Live>();
  for (const [id, job] of queue?.jobs ?? []) {
    const standing = standingOf(job);
    if (standing === "ended") continue;
    const [number = id] = id.split("_");
    const known = live.get(number) ?? { jobs: 0, cores: 0, nodes: new Set() };
    live.set(number, known);
    known.jobs += 1;
    if (standing !== "running") continue;
    known.cores += job.cpus;
    if (job.nodes !== "") known.nodes.add(job.nodes);
  }
  return live;
}

async function look(
  array: Pick<SurveyedArray, "folder" | "record" | "jobId"> & { readonly queue: QueueSnapshot | undefined },
  live: ReadonlyMap<string, Live>,
): Promise<SurveyedArray> {
  const { folder, record, jobId } = array;
  const standings = await standingsOf({ ...array, marks: await listMarks(folder) });
  const { jobs = 0, cores = 0, nodes = [] } = live.get(jobId ?? "") ?? {};
  return { folder, record, jobId, standings, nodes: [...nodes].sort(), cores, liveJobs: jobs };
}

function isOpen({ standings, liveJobs }: SurveyedArray): boolean {
  return liveJobs > 0 || standings.some(({ state }) => state === "waiting" || state === "running");
}
