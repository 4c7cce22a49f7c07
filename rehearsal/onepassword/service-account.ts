import { randomBytes } from "node:crypto";
import type { FastifyRequest } from "fastify";
import { tokenOf } from "../service/stand-in";
import { ConnectError } from "./types";

/** Below it the server answers the stand-ins of `op` and of the SDK. 1Password's own servers speak no protocol that is published. */
export const SERVICE_ACCOUNT_PREFIX = "/service-account";

/** An hour's requests of a service account on the small plans. */
const LIMITS = { reads: 1000, writes: 100 };

/** A service account: what its token says, and how often it may ask. */
export class ServiceAccount {
  private readonly secret = randomBytes(18).toString("hex");
  private token = "";
  private readonly used = { reads: 0, writes: 0 };

  /** As real ones it says where to sign in, so that nothing else has to be configured. */
  tokenFor(url: string): string {
    const content = {
      signInAddress: url,
      email: "rehearsal@1passwordserviceaccounts.example",
      secretKey: this.secret,
    };
    this.token = `ops_${Buffer.from(JSON.stringify(content)).toString("base64url")}`;
    return this.token;
  }

  /** @returns why a request is refused */
  admit(request: FastifyRequest): ConnectError | undefined {
    if (tokenOf(request, "bearer") !== this.token)
      return new ConnectError(401, "the service account token is invalid or was revoked");
    const kind = request.method === "GET" ? "reads" : "writes";
    if (++this.used[kind] <= LIMITS[kind]) return undefined;
    return new ConnectError(429, "rate limit exceeded");
  }
}

/** Where a token's stand-in answers. @throws Error for what is no such token */
export function addressIn(token: string): string {
  try {
    const content = JSON.parse(Buffer.from(token.replace(/^ops_/, ""), "base64url").toString()) as {
      signInAddress?: unknown;
    };
    if (token.startsWith("ops_") && typeof content.signInAddress === "string")
      return content.signInAddress + SERVICE_ACCOUNT_PREFIX;
  } catch {
    // Said below, and without the text.
  }
  throw new Error("failed to session.DecodeSACredentials: the service account token is malformed");
}
