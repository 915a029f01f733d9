import { messageOf, systemCode } from "../../../../errors.ts";
import { RemoteError, type RemoteTrouble } from "../../remote-error.ts";

export const LOG_IN =
  'Run "gcloud auth application-default login", or set GOOGLE_APPLICATION_CREDENTIALS to the file of a key.';
const GRANT = 'Grant it the role "Storage Object User" (roles/storage.objectUser) on the bucket.';
const NETWORK = "Check the network, the proxy and the endpoint.";

/** An answer that says no. */
export interface Refusal {
  readonly status: number;
  /** Google's word for it, such as `rateLimitExceeded`; empty where there is none. */
  readonly reason: string;
  readonly message: string;
}

export interface Addressee {
  /** What it is called in messages. */
  readonly remote: string;
  readonly bucket: string;
  readonly anonymous: boolean;
}

/** Reads the body of an answer that says no: JSON from the API, plain text where content was asked for. */
export function refusalOf(status: number, body: string): Refusal {
  try {
    const { error } = JSON.parse(body) as {
      error?: { message?: string; errors?: readonly { readonly reason?: string }[] };
    };
    return { status, reason: error?.errors?.[0]?.reason ?? "", message: error?.message ?? "" };
  } catch {
    return { status, reason: "", message: /^\s*</.test(body) ? "" : body.trim().slice(0, 300) };
  }
}

/** An object that is missing has the same status as a bucket that is. */
export function isMissingBucket({ status, message }: Refusal): boolean {
  return status === 404 && /bucket (\S+ )?(does not exist|not found)/i.test(message);
}

/** Whether the same request may well succeed in a moment. */
export function isPassing({ status, reason }: Refusal): boolean {
  return [408, 409, 429, 500, 502, 503, 504].includes(status) || /rateLimitExceeded$/i.test(reason);
}

/** What an answer that says no means, and what to do about it. */
export function refused(refusal: Refusal, { remote, bucket, anonymous }: Addressee): RemoteError {
  const { status, message } = refusal;
  const said = message === "" ? `status ${status}` : `status ${status}: ${message.replace(/\.$/, "")}`;
  const error = (trouble: RemoteTrouble, text: string): RemoteError =>
    new RemoteError(trouble, `${remote}: ${text}`, refusal);
  if (status === 401 && anonymous) {
    return error("credentials", `no credentials were found, and without them nothing is allowed (${said}). ${LOG_IN}`);
  }
  if (status === 401) return error("credentials", `the credentials are wrong or expired (${said}). ${LOG_IN}`);
  if ([429, 503].includes(status) || isRateLimit(refusal)) {
    return error("busy", `the service is busy and asks to be left alone for a while (${said}).`);
  }
  if (status === 403) return error("forbidden", `this identity may not do that (${said}). ${GRANT}`);
  if (status === 404) {
    return error("missing", `there is no bucket "${bucket}" (${said}). Create it, or correct its name.`);
  }
  if (status === 400 && /invalid bucket name/i.test(message)) {
    return error("missing", `no bucket can be named "${bucket}" (${said}). Correct its name.`);
  }
  if (status === 400 && /crc32c|md5/i.test(message)) return error("damaged", `content changed on its way (${said}).`);
  if (status === 501) return error("unsupported", `the server cannot do that (${said}).`);
  return error("other", `the service refused (${said}).`);
}

function isRateLimit({ status, reason }: Refusal): boolean {
  return status === 403 && /rateLimitExceeded$/i.test(reason);
}

/** Codes of a connection that could not be made, or broke. */
const CONNECTION =
  /^(E(CONN|NOTFOUND|AI_|PIPE|TIMEDOUT|HOST|NET|ADDR|PROTO)|HPE_|ERR_(TLS|SSL|STREAM_PREMATURE|PROXY)|CERT_|DEPTH_|SELF_|UNABLE_|HOSTNAME_)/;

export function isConnectionTrouble(error: unknown): boolean {
  return CONNECTION.test(codeOf(error) ?? "");
}

/** Whether a connection broke that had been there, or a name server is overloaded: the next one may well hold. */
export function isPassingTrouble(error: unknown): boolean {
  return ["ECONNRESET", "EPIPE", "EAI_AGAIN", "ERR_STREAM_PREMATURE_CLOSE"].includes(codeOf(error) ?? "");
}

export function unreachable(remote: string, server: string, error: unknown): RemoteError {
  const code = codeOf(error) ?? messageOf(error);
  if (code === "ECONNRESET" || code === "EPIPE") {
    return new RemoteError("unreachable", `${remote}: ${server} breaks the connection (${code}). ${NETWORK}`, error);
  }
  const tls = /CERT|TLS|SSL|SIGN|VERIFY/.test(code);
  const hint = tls ? "If the network has its own certificates, set NODE_EXTRA_CA_CERTS." : NETWORK;
  const what = tls ? `the certificate of ${server} is not trusted` : `${server} cannot be reached`;
  return new RemoteError("unreachable", `${remote}: ${what} (${code}). ${hint}`, error);
}

/** The code of an error, of its first part (several addresses were tried), or of its cause. */
function codeOf(error: unknown): string | undefined {
  const code = systemCode(error);
  if (code !== undefined) return code;
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return error instanceof Error && error.cause !== undefined ? codeOf(error.cause) : undefined;
}
