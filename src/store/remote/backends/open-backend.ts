import type { RemoteLocation } from "../../../remote-location.ts";
import type { ObjectStore } from "./object-store.ts";

/** Opens the place that a location names. Clients are loaded here and not before. @throws RemoteError */
export async function openBackend(location: RemoteLocation): Promise<ObjectStore> {
  switch (location.scheme) {
    case "s3":
      return (await import("./s3/open-s3.ts")).openS3(location);
    case "gs":
      return (await import("./gcs/open-gcs.ts")).openGcs(location);
    case "file":
      return (await import("./folder/open-folder.ts")).openFolder(location);
  }
}
