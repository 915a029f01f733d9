import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign as signBytes,
  verify as verifyBytes,
} from "node:crypto";
import { readFileSync } from "node:fs";
import { ScalableError, systemCode } from "../../errors.ts";

/*
 * Ed25519 (RFC 8032). Keys are texts of one line: "ed25519:" and the 32 bytes of the public key in base64url, and
 * "ed25519-secret:" and the 32 bytes that the key pair is derived from.
 */

const PUBLIC = "ed25519:";
const SECRET = "ed25519-secret:";
const BYTES = 32;

/** A public key as 32 bytes. */
export type PublicKey = Uint8Array;

export interface Signature {
  readonly publicKey: PublicKey;
  /** 64 bytes. */
  readonly signature: Uint8Array;
}

export interface Signer {
  readonly publicKey: PublicKey;
  sign(message: Uint8Array): Signature;
}

/** A new key pair, as texts. */
export function generateKeys(): { readonly publicKey: string; readonly secretKey: string } {
  const { privateKey } = generateKeyPairSync("ed25519");
  const { x = "", d = "" } = privateKey.export({ format: "jwk" });
  return { publicKey: PUBLIC + x, secretKey: SECRET + d };
}

/**
 * Public keys from text, separated by commas or blanks.
 *
 * @param setting - the option or variable, for the error.
 * @throws ScalableError with `E_SETTING`.
 */
export function parsePublicKeys(text: string, setting: string): PublicKey[] {
  return text
    .split(/[\s,]+/)
    .filter((part) => part !== "")
    .map((part) => {
      const bytes = bytesOf(part, PUBLIC);
      if (bytes !== undefined) return bytes;
      const why = part.startsWith(SECRET)
        ? "holds a secret key, which belongs in SCALABLE_CACHE_SIGNING_KEY"
        : `holds ${JSON.stringify(part)}, which is no public key (${PUBLIC}…)`;
      throw new ScalableError("E_SETTING", `${setting} ${why}. "scalable cache keygen" makes keys.`, { setting });
    });
}

/**
 * @param given - the secret key, or the path of a file that holds it.
 * @throws ScalableError with `E_SETTING`; the key is not part of the message.
 */
export function readSigner(given: string, setting: string): Signer {
  const wrong = (why: string): ScalableError =>
    new ScalableError("E_SETTING", `${setting} ${why}. "scalable cache keygen" makes one.`, { setting });
  let text = given.trim();
  if (!text.startsWith(SECRET)) {
    try {
      text = readFileSync(text, "utf8").trim();
    } catch (error) {
      // Without the error itself: it names the file, and what was taken for its name may be most of a secret key.
      throw wrong(`is no secret key, and names no file that can be read (${systemCode(error) ?? "unknown error"})`);
    }
  }
  const secret = bytesOf(text, SECRET);
  if (secret === undefined) throw wrong("holds no secret key");
  // PKCS #8 of an Ed25519 key is this head and the 32 bytes (RFC 8410, section 7).
  const head = Buffer.from("302e020100300506032b657004220420", "hex");
  const key = createPrivateKey({ key: Buffer.concat([head, secret]), format: "der", type: "pkcs8" });
  const publicKey = Buffer.from(createPublicKey(key).export({ format: "jwk" }).x ?? "", "base64url");
  return { publicKey, sign: (message) => ({ publicKey, signature: signBytes(null, message, key) }) };
}

/** Whether a signature is right, whoever made it. */
export function isSigned(message: Uint8Array, { publicKey, signature }: Signature): boolean {
  try {
    return verifyBytes(null, message, keyObject(publicKey), signature);
  } catch {
    return false; // No public key at all.
  }
}

const keys = new Map<string, KeyObject>();

function keyObject(bytes: PublicKey): KeyObject {
  const x = Buffer.from(bytes).toString("base64url");
  let key = keys.get(x);
  if (key === undefined) {
    key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
    if (keys.size < 1000) keys.set(x, key);
  }
  return key;
}

function bytesOf(text: string, prefix: string): Uint8Array | undefined {
  if (!text.startsWith(prefix)) return undefined;
  const encoded = text.slice(prefix.length);
  if (!/^[A-Za-z0-9_-]{43}$/.test(encoded)) return undefined;
  const bytes = Buffer.from(encoded, "base64url");
  return bytes.length === BYTES ? bytes : undefined;
}
