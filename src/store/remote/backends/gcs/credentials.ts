import { messageOf } from "../../../../errors.ts";
import { RemoteError } from "../../remote-error.ts";
import { orAborted } from "./or-aborted.ts";
import { isConnectionTrouble, LOG_IN, unreachable } from "./trouble.ts";

/** The one thing that is taken of the client's `GoogleAuth`; its versions return different classes. */
export interface CredentialChain {
  getRequestHeaders(url?: string): Promise<Headers | Readonly<Record<string, string>>>;
}

/** What the client's chain finds, as headers of a request. */
export class Credentials {
  readonly #chain: CredentialChain | undefined;
  readonly #remote: string;
  #anonymous: boolean;

  /** @param chain - undefined where no credentials are to be sent. */
  constructor(chain: CredentialChain | undefined, remote: string) {
    this.#chain = chain;
    this.#remote = remote;
    this.#anonymous = chain === undefined;
  }

  /** Whether requests go without any. */
  get anonymous(): boolean {
    return this.#anonymous;
  }

  /** Without credentials there are no headers: a bucket may be open to everybody. */
  async headers(url: string, signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
    if (this.#chain === undefined || this.#anonymous) return {};
    try {
      const headers = await orAborted(this.#chain.getRequestHeaders(url), signal);
      return Object.fromEntries(new Headers(headers as Headers));
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (messageOf(error).includes("Could not load the default credentials")) {
        // Looking for them may have asked the network, so it is not done again for each request.
        this.#anonymous = true;
        return {};
      }
      if (isConnectionTrouble(error)) throw unreachable(this.#remote, "the server that gives out access tokens", error);
      const why = messageOf(error).trim().replace(/\.$/, "");
      throw new RemoteError("credentials", `${this.#remote}: the credentials cannot be used: ${why}. ${LOG_IN}`, error);
    }
  }

  /** They were refused: where there were none, the next request looks for them again. */
  refused(): void {
    this.#anonymous = this.#chain === undefined;
  }
}
