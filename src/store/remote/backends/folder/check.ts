import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import path from "node:path";
import type { FolderLocation } from "../../../../remote-location.ts";
import { type Folders, isAbsence } from "./folders.ts";
import type { Job } from "./job.ts";
import { STAGING } from "./object-name.ts";
import { noFolder } from "./trouble.ts";

/**
 * Whether the folder is there and may be read and, where the URL says that it is for writing, written. Without a word on
 * that in the URL, a folder that can only be read is as good as it can be, and the first write tells.
 */
export async function checkFolder({ folder, mode }: FolderLocation, folders: Folders, job: Job): Promise<void> {
  const isFolder = await job
    .call(() => stat(folder))
    .then(
      (found) => found.isDirectory(),
      (error: unknown) => {
        if (isAbsence(error)) return false;
        throw error;
      },
    );
  if (!isFolder) throw noFolder(folder);
  // The server decides what may be read: asking it is surer than to look at the mode.
  if (mode !== "write") await folders.refresh([], job);
  if (mode === "write" || mode === "readwrite") {
    const staging = await folders.find([STAGING], job);
    await job.call(() => access(staging ?? path.join(folder), constants.W_OK | constants.X_OK));
  }
}
