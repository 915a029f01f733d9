import { type ArrayRecord, callsOfJob, jobOfCall, readArray } from "../../providers/slurm/array-record.ts";
import { callOutputFile, jobOutputFile } from "../../providers/slurm/call-output.ts";
import { arrayFolder, arrayIds, checkWorkFolder } from "../../providers/slurm/work-folder.ts";

/** A try of a call in a job array. */
export interface CallPlace {
  readonly folder: string;
  readonly record: ArrayRecord;
  readonly place: number;
}

/** The files of what a try prints: what its job prints besides is there too, where it makes no other calls. */
export function filesOf({ folder, record, place }: CallPlace): readonly string[] {
  const job = jobOfCall(record, place);
  const { from, to } = callsOfJob(record, job);
  return [callOutputFile(folder, place), ...(to - from > 1 ? [] : [jobOutputFile(folder, job)])];
}

/** Finds calls in the job arrays that are there now. Each record is read once, as those of large arrays are long. */
export class JobPlaces {
  readonly #folders: readonly { readonly id: string; readonly folder: string }[];
  readonly #records = new Map<string, ArrayRecord | undefined>();
  readonly #byCall = new Map<string, ReadonlyMap<string, number>>();

  constructor(workDirs: readonly string[]) {
    this.#folders = workDirs.flatMap((workDir) => {
      checkWorkFolder(workDir);
      return arrayIds(workDir).map((id) => ({ id, folder: arrayFolder(workDir, id) }));
    });
  }

  /** The tries of a call that its run has submitted, the first one first. @param since - no array of it is older. */
  ofCall(callId: string, since: string): CallPlace[] {
    return this.#folders.flatMap(({ id, folder }) => {
      if (id < since) return [];
      const record = this.#recordIn(folder);
      const place = record === undefined ? undefined : this.#placesIn(folder, record).get(callId);
      return record === undefined || place === undefined ? [] : [{ folder, record, place }];
    });
  }

  /** A call with this key: one that another run has submitted, and that runs wait for which need it as well. */
  ofKey(key: string): CallPlace[] {
    for (const { folder } of this.#folders.toReversed()) {
      const record = this.#recordIn(folder);
      const place = record?.calls.findIndex((call) => call.key === key) ?? -1;
      if (record !== undefined && place >= 0) return [{ folder, record, place }];
    }
    return [];
  }

  #placesIn(folder: string, { calls }: ArrayRecord): ReadonlyMap<string, number> {
    const known = this.#byCall.get(folder) ?? new Map(calls.map(({ id }, place) => [id, place]));
    this.#byCall.set(folder, known);
    return known;
  }

  #recordIn(folder: string): ArrayRecord | undefined {
    if (!this.#records.has(folder)) this.#records.set(folder, recordIn(folder));
    return this.#records.get(folder);
  }
}

function recordIn(folder: string): ArrayRecord | undefined {
  try {
    return readArray(folder);
  } catch {
    return undefined; // It is being written, or is of another version.
  }
}
