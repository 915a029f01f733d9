import { messageOf, systemCode } from "../../../../errors.ts";
import type { GcsLocation } from "../../../../remote-location.ts";
import { RemoteError } from "../../remote-error.ts";
import type { ObjectStore } from "../object-store.ts";
import { type CredentialChain, Credentials } from "./credentials.ts";
import { endpointOf } from "./endpoint.ts";
import { GcsApi } from "./gcs-api.ts";
import { GcsStore } from "./gcs-store.ts";

/**
 * Requests for objects name no project. Without one, the client looks for it before it uses any credentials, for some
 * kinds of them at another service that they may have no access to.
 */
const UNKNOWN_PROJECT = "unknown";

/**
 * The Google Cloud Storage backend. Credentials are what `@google-cloud/storage` finds: the file that
 * `GOOGLE_APPLICATION_CREDENTIALS` names, those of `gcloud auth application-default login`, or those of the machine.
 * Nothing is sent yet.
 *
 * @throws RemoteError with `package` where the client is not installed.
 */
export async function openGcs(location: GcsLocation): Promise<ObjectStore> {
  const endpoint = endpointOf(location);
  const chain = await loadChain(location);
  const credentials = new Credentials(endpoint.credentials === "none" ? undefined : chain, location.url);
  return new GcsStore(new GcsApi(location, endpoint, credentials));
}

async function loadChain({ project, url }: GcsLocation): Promise<CredentialChain> {
  try {
    const { Storage } = await import("@google-cloud/storage");
    return new Storage({ projectId: project ?? UNKNOWN_PROJECT }).authClient;
  } catch (error) {
    const missing = systemCode(error) === "ERR_MODULE_NOT_FOUND" || systemCode(error) === "MODULE_NOT_FOUND";
    const what = missing ? "is not installed" : `cannot be loaded (${messageOf(error)})`;
    const advice = "Run: npm install @google-cloud/storage";
    throw new RemoteError("package", `${url} needs the package @google-cloud/storage, which ${what}. ${advice}`, error);
  }
}
