import { IN_CLEAR, isSentInClear } from "../http/loopback";
import { Connect } from "./connect";
import { OpCommand } from "./op-command";
import { OnePasswordError, type SecretReader } from "./reader";

export { type ItemSummary, OnePasswordError, type SecretReader } from "./reader";

/** The access options of the settings' section `onepassword`. */
export interface OnePasswordAccess {
  readonly vaultId: string;
  readonly vaultName?: string | undefined;
  readonly connectUrl?: string | undefined;
  readonly connectToken?: { readonly value: string } | undefined;
  readonly serviceAccountToken?: { readonly value: string } | undefined;
  readonly account?: string | undefined;
}

/**
 * The access to 1Password from settings and environment, as the provider would choose it: Connect if it is
 * configured, otherwise the command `op` with a service account's token or the desktop app.
 */
export function openOnePassword(access: OnePasswordAccess, environment: NodeJS.ProcessEnv): SecretReader {
  const connect = openConnect(access, environment);
  if (connect) return connect;
  const { OP_CONNECT_HOST: _host, OP_CONNECT_TOKEN: _token, ...rest } = environment;
  const serviceAccount = access.serviceAccountToken && {
    OP_SERVICE_ACCOUNT_TOKEN: access.serviceAccountToken.value,
  };
  return new OpCommand({ environment: { ...rest, ...serviceAccount }, account: access.account });
}

/**
 * The Connect server in settings or environment, if any. @throws OnePasswordError if its token could be read in
 * transit
 */
export function openConnect(access: OnePasswordAccess, environment: NodeJS.ProcessEnv): Connect | undefined {
  const url = access.connectUrl ?? environment["OP_CONNECT_HOST"];
  const token = access.connectToken?.value ?? environment["OP_CONNECT_TOKEN"];
  if (url === undefined || token === undefined) return undefined;
  if (isSentInClear(url)) {
    const name = access.connectUrl === undefined ? "OP_CONNECT_HOST" : "onepassword.connectUrl";
    throw new OnePasswordError(`${name} ${IN_CLEAR.problem}`, IN_CLEAR.fix);
  }
  return new Connect({ url, token, vault: { id: access.vaultId, name: access.vaultName } });
}
