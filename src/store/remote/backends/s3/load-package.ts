import { systemCode } from "../../../../errors.ts";
import { RemoteError } from "../../remote-error.ts";

export type S3Package = typeof import("@aws-sdk/client-s3");

/** The client library. It is large and optional: loaded for those who have a remote on S3, and no earlier. */
export async function loadPackage(
  load: () => Promise<S3Package> = () => import("@aws-sdk/client-s3"),
): Promise<S3Package> {
  try {
    return await load();
  } catch (error) {
    const why =
      systemCode(error) === "ERR_MODULE_NOT_FOUND"
        ? "a shared cache on S3 needs the package @aws-sdk/client-s3, which is not installed"
        : "the package @aws-sdk/client-s3, which a shared cache on S3 needs, cannot be loaded";
    throw new RemoteError("package", `${why}: npm install @aws-sdk/client-s3`, error);
  }
}
