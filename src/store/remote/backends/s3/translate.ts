import { messageOf, systemCode } from "../../../../errors.ts";
import type { S3Location } from "../../../../remote-location.ts";
import { RemoteError, type RemoteTrouble } from "../../remote-error.ts";
import { regionOf, statusOf, wordOf } from "./answer.ts";

/** Where was asked, for the message. */
export interface Asked {
  readonly location: S3Location;
  readonly region: string | undefined;
  readonly endpoint: string | undefined;
}

/** What the client threw, in words that say what to do. */
export function translate(error: unknown, asked: Asked): RemoteError {
  const [trouble, text] = diagnose(error, asked);
  return new RemoteError(trouble, `${asked.location.url}: ${text}`, error);
}

type Diagnosis = readonly [RemoteTrouble, string];

const CREDENTIALS: Readonly<Record<string, string>> = {
  InvalidAccessKeyId: "the server does not know this access key: check AWS_ACCESS_KEY_ID, or the profile",
  SignatureDoesNotMatch: "the secret does not belong to the access key: check AWS_SECRET_ACCESS_KEY, or the profile",
  ExpiredToken: "the credentials have expired: get new ones (with SSO: aws sso login)",
  ExpiredTokenException: "the credentials have expired: get new ones (with SSO: aws sso login)",
  TokenRefreshRequired: "the credentials have expired: get new ones (with SSO: aws sso login)",
  InvalidToken: "the session token is not valid: check AWS_SESSION_TOKEN, which must belong to the access key",
};

const REGION = new Set(["PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"]);

const BUSY = new Set(["SlowDown", "ServiceUnavailable", "TooManyRequests", "TooManyRequestsException"]);

function diagnose(error: unknown, asked: Asked): Diagnosis {
  const word = wordOf(error);
  const status = statusOf(error);
  const rejected = CREDENTIALS[word];
  if (rejected !== undefined) return ["credentials", rejected];
  if (word === "CredentialsProviderError" || word === "TokenProviderError") {
    const how = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or ?profile=… in its URL";
    return ["credentials", `no credentials were found (${messageOf(error)}): ${how}`];
  }
  if (word === "NoSuchBucket") return ["missing", missingBucket(asked)];
  if (REGION.has(word) || status === 301) return ["region", wrongRegion(error, asked)];
  if (word === "RequestTimeTooSkewed")
    return ["credentials", "the clocks of this machine and of the server differ: set this one"];
  if (BUSY.has(word) || word.startsWith("Throttl") || status === 429 || status === 503) {
    return ["busy", `the server asks for fewer requests (${said(error)}): try again later`];
  }
  if (word === "NotImplemented" || status === 501 || status === 405) {
    return [
      "unsupported",
      `the server cannot do what was asked (${said(error)}): use one that S3's clients can rely on`,
    ];
  }
  if (status === 403) return ["forbidden", forbidden(error, asked)];
  if (status === 401) return ["credentials", `the server does not accept the credentials (${said(error)})`];
  if (status === undefined) return silence(error, asked);
  const server = `the server${asked.endpoint === undefined ? "" : ` at ${asked.endpoint}`}`;
  if (status < 300) return ["other", `${server} does not answer as S3 does (${messageOf(error)}): check the address`];
  return ["other", `${server} answered ${said(error)}`];
}

function missingBucket({ location, endpoint }: Asked): string {
  const where = endpoint === undefined ? "" : ` at ${endpoint}`;
  return `there is no bucket ${JSON.stringify(location.bucket)}${where}: create it, or correct its name`;
}

function wrongRegion(error: unknown, { location, region }: Asked): string {
  const right = regionOf(error);
  const asked = region === undefined ? "" : `, not in ${region}`;
  return right === undefined
    ? `the bucket ${JSON.stringify(location.bucket)} is in another region${asked && ` than ${region}`}: set AWS_REGION, or ?region=… in its URL`
    : `the bucket ${JSON.stringify(location.bucket)} is in the region ${right}${asked}: set AWS_REGION=${right}, or ?region=${right} in its URL`;
}

function forbidden(error: unknown, { location }: Asked): string {
  const actions = "s3:ListBucket on the bucket, s3:GetObject, s3:PutObject and s3:DeleteObject on what is in it";
  return `these credentials do not allow this in the bucket ${JSON.stringify(location.bucket)} (${said(error)}): it needs ${actions}`;
}

/** No answer at all, or none that could be understood. */
function silence(error: unknown, { location, endpoint }: Asked): Diagnosis {
  const code = systemCode(error);
  const address = endpoint ?? "Amazon S3";
  if (code === undefined) return ["other", `${address} could not be asked: ${messageOf(error)}`];
  if (/CERT|SELF_SIGNED|UNABLE_TO_/.test(code)) {
    return [
      "unreachable",
      `the certificate of ${address} is not trusted (${code}): NODE_EXTRA_CA_CERTS names more authorities`,
    ];
  }
  if (code === "EPROTO")
    return ["unreachable", `${address} does not speak TLS as expected: is it http://, or another port?`];
  const check =
    location.endpoint === undefined ? "AWS_ENDPOINT_URL and the network" : "?endpoint=… in its URL and the network";
  return [
    "unreachable",
    `nobody answers at ${address} (${code}): check ${endpoint === undefined ? "the network" : check}`,
  ];
}

/** What the server said, in short: some leave out either word or sentence. */
function said(error: unknown): string {
  const status = statusOf(error);
  const text = messageOf(error);
  const sentence = text === "UnknownError" || text === "" ? "" : `: ${text}`;
  return `${status ?? ""} ${wordOf(error)}`.trim() + sentence;
}
