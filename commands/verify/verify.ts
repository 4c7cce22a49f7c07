import { proof } from "../../config/arguments";
import { ZotClient } from "../../systems/zot/client";
import { type Check, run, warning, wrong } from "./checks/check";
import { askForVersion, judgeVersion, type LiveVersion } from "./checks/version";
import { furtherChecks } from "./checks/all";
import { ALL_CLIENTS, type Client } from "../../systems/zot/proof/clients";
import { DeadKeyMaker, type TestKeyOwner, LABEL, wrongUser } from "../../systems/zot/proof/dead-keys";
import type { VerifyInput } from "./input";
import { runMatrix } from "../../systems/zot/proof/matrix";
import type { MatrixIdentity, MatrixRow } from "../../systems/zot/proof/types";
import { messageOf } from "../../systems/text";

export interface VerificationResult {
  readonly stack: string;
  readonly registryUrl: string;
  readonly zotVersion: string;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly seconds: number;
  /** Whether every answer is right and nothing else is wrong; warnings do not count. */
  readonly ok: boolean;
  readonly matrix: readonly MatrixRow[];
  readonly checks: readonly Check[];
}

export interface VerifyOptions {
  /** Families of clients to test as; default: all. */
  readonly clients?: readonly Client[];
  /** Whether to mint keys to test that dead ones are refused; default: the setting. */
  readonly mint?: boolean;
  /** Limit of each request in milliseconds; default 4 s. */
  readonly timeoutMs?: number;
  /** Stops the tests early; what was created is still removed. */
  readonly signal?: AbortSignal;
}

const DEFAULT_TIMEOUT_MS = 4000;

/**
 * Tests everything that the settings promise on the live registry, and checks every system of the stack. It only
 * reads, except for two test keys and, in an empty registry, a scratch repository: both are removed.
 */
export async function verify(input: VerifyInput, options: VerifyOptions = {}): Promise<VerificationResult> {
  const began = Date.now();
  const { timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const { registryUrl } = input.settings;
  const live = await askForVersion(registryUrl, timeoutMs).catch((): LiveVersion => ({
    version: undefined,
    toldBy: "nothing",
  }));
  const zotVersion = live.version ?? input.deployedVersion ?? input.settings.zot.assumeVersion;
  const [{ rows, checks: asked }, version, checks] = await Promise.all([
    askMatrix(input, zotVersion, { ...options, timeoutMs }),
    run("zot's version", () => judgeVersion(live, input.deployedVersion)),
    furtherChecks(input, timeoutMs),
  ]);
  const all = [...asked, version, ...checks];
  return {
    stack: input.stack,
    registryUrl,
    zotVersion,
    startedAt: new Date(began).toISOString(),
    seconds: (Date.now() - began) / 1000,
    ok: rows.every((row) => row.ok) && all.every(({ status }) => status !== "wrong"),
    matrix: rows,
    checks: all,
  };
}

interface Asked {
  rows: MatrixRow[];
  /** Why the matrix, or a part of it, was not tested. */
  checks: Check[];
}

async function askMatrix(
  input: VerifyInput,
  zotVersion: string,
  { mint, timeoutMs, signal, clients = ALL_CLIENTS }: VerifyOptions & { timeoutMs: number },
): Promise<Asked> {
  const { settings } = input;
  const owners = ownersOf(input);
  const [owner] = owners;
  const maker =
    owner && (mint ?? settings.proof.mintTestKeys)
      ? new DeadKeyMaker(new ZotClient(settings.registryUrl, { timeoutMs }), owner, signal)
      : undefined;
  const checks: Check[] = [];
  const note = (name: string, error: unknown) => {
    signal?.throwIfAborted();
    checks.push(failed(name, error));
    return [];
  };
  try {
    const rows = await runMatrix({
      ...proof(settings, zotVersion),
      identities: identities(input, owners),
      ...(maker && {
        later: () => maker.make().catch((error: unknown) => note("expired and revoked keys", error)),
      }),
      clients,
      timeoutMs,
      ...(signal && { signal }),
    }).catch((error: unknown) => note("access matrix", error));
    for (const name of Object.keys(settings.pushers)) {
      if (owners.some(({ username }) => username === name)) continue;
      checks.push(
        failed(`the key of ${name}`, new Error(`the stack's state holds none; nothing was asked as ${name}`)),
      );
    }
    return { rows, checks };
  } finally {
    // An unreachable registry must not lose the results: the test keys expire by themselves.
    await maker?.cleanUp().catch((error: unknown) => checks.push(leftBehind(error)));
  }
}

function leftBehind(error: unknown): Check {
  const found = messageOf(error);
  return {
    name: "test keys",
    ...warning(
      found,
      `keys labelled "${LABEL}" may have been left; each expires within a minute`,
      "nothing: the next run of verify removes them",
    ),
  };
}

/** The pushers, each with its key from the last deploy. */
function ownersOf({ keys, settings }: VerifyInput): TestKeyOwner[] {
  return Object.values(settings.pushers).flatMap(({ name, group }) => {
    const deployed = keys.find(({ username }) => username === name);
    return deployed ? [{ username: name, key: deployed.key, groups: [group] }] : [];
  });
}

/** The identities with an available credential. A pusher's key is also sent with another name, which must be refused. */
function identities({ holders }: VerifyInput, owners: readonly TestKeyOwner[]): MatrixIdentity[] {
  const anonymous = { name: "anonymous", groups: [] };
  const pushers = owners.map(({ username, key, groups }) => ({
    name: username,
    username,
    password: key,
    groups,
  }));
  const [owner, second] = owners;
  if (!owner) return [anonymous, ...holders];
  const other = holders[0]?.username ?? second?.username ?? `not-${owner.username}`;
  return [anonymous, ...pushers, ...holders, wrongUser(owner, other)];
}

function failed(name: string, error: unknown): Check {
  const found = messageOf(error);
  const todo = "fix that, or run `pulumi up` first, then run verify again";
  return { name, ...wrong(found, "what the registry allows is not known", todo) };
}
