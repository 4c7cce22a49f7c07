import pLimit from "p-limit";
import { accessControl } from "../access";
import { decide } from "../decide";
import { type Client, DISTINCT_CLIENTS } from "./clients";
import { expectations, type Expect } from "./expect";
import { outcomeOf, outcomeOfStatus, questions, readAnswer, type Question } from "./questions";
import { Registry } from "./registry";
import { deleteScratch, pushScratch, SCRATCH } from "./scratch";
import { findTargets } from "./targets";
import type { MatrixArgs, MatrixIdentity, MatrixRow, Targets } from "./types";
import type { ZotReply } from "../http";

const DEFAULT_TIMEOUT_MS = 5000;
const AT_ONCE = 12;

/** The matrix cannot be asked; the registry's answers are not to blame. */
export class MatrixSetupError extends Error {
  override readonly name = "MatrixSetupError";
}

/**
 * Asks the live registry what each identity may do with each client, and returns every answer beside the one that the
 * settings promise. Writes nothing, except where no repository that CI may push to exists: then a scratch repository,
 * which goes again where one of the identities may delete.
 *
 * @throws MatrixSetupError, ExpectationError before anything is asked; SystemError where the registry does not answer
 */
export async function runMatrix(a: MatrixArgs): Promise<MatrixRow[]> {
  const registryUrl = a.registryUrl.replace(/\/+$/, "");
  const as = (identity?: MatrixIdentity, client?: Client) =>
    new Registry(registryUrl, a.timeoutMs ?? DEFAULT_TIMEOUT_MS, identity, client?.userAgent);
  const expect = expectations(a);
  const { writable, other } = await findTargets(as(), writersMayPushTo(a));
  if (writable) return askAll(a, as, expect, { writable, other });
  if (a.readOnly) throw new MatrixSetupError("there is no repository yet that CI may push to");
  const { creator, deleter } = scratchIdentities(a);
  await pushScratch(as(creator), a.scratchRepository);
  try {
    return await askAll(a, as, expect, { writable: { repository: a.scratchRepository, ...SCRATCH }, other });
  } finally {
    if (deleter) await deleteScratch(as(deleter), a.scratchRepository);
  }
}

type As = (identity?: MatrixIdentity, client?: Client) => Registry;

async function askAll(a: MatrixArgs, as: As, expect: Expect, targets: Targets): Promise<MatrixRow[]> {
  const limit = pLimit(AT_ONCE);
  const asked = questions(targets, a);
  const clients = a.clients ?? DISTINCT_CLIENTS;
  let failed = false;
  const once = (work: () => Promise<MatrixRow>) =>
    limit(async () => {
      a.signal?.throwIfAborted();
      // The first request without an answer ends the run; the rest would each wait for its own limit.
      if (failed) throw new MatrixSetupError("not asked, since the registry stopped answering");
      try {
        return await work();
      } catch (error) {
        failed = true;
        throw error;
      }
    });
  const askAs = (identities: readonly MatrixIdentity[]) => {
    // All of them first: nothing is asked where the settings promise what must never be.
    const cells = identities.flatMap((identity) =>
      clients.flatMap((client) =>
        asked.map((question) => ({
          identity,
          client,
          question,
          expectation: expect(identity, client, question),
        })),
      ),
    );
    return Promise.allSettled(
      cells.map(({ identity, client, question, expectation }) =>
        once(async () => {
          const reply = await ask(as(identity, client), question);
          return judge(identity, client, question, expectation, reply);
        }),
      ),
    );
  };
  const settled = await Promise.all([
    askAs(a.identities),
    Promise.allSettled(clients.map((client) => once(() => askForLogin(as(undefined, client), client)))),
    a.later?.then(askAs) ?? [],
  ]);
  const answers = settled.flat();
  const refused = answers.find((answer) => answer.status === "rejected");
  if (refused) throw refused.reason;
  return answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
}

function ask(registry: Registry, { action, target, method, path, headers, body }: Question) {
  return registry.ask(`ask about "${action}" of ${target}`, method, path, {
    ...(headers && { headers }),
    ...(body !== undefined && { body }),
  });
}

function judge(
  identity: MatrixIdentity,
  client: Client,
  question: Question,
  { answer, tolerated = [], note }: ReturnType<Expect>,
  reply: ZotReply,
): MatrixRow {
  const { action, asks, target } = question;
  const actual = readAnswer(question, reply);
  return {
    identity: identity.name,
    client: client.name,
    action,
    asks: asks.kind,
    target,
    expected: answer,
    actual,
    outcome: outcomeOf(question, reply),
    ok: actual === answer || tolerated.includes(actual),
    ...(note !== undefined && { note }),
  };
}

/** A browser has no credentials yet when it asks for the login. */
async function askForLogin(registry: Registry, client: Client): Promise<MatrixRow> {
  const path = "/zot/auth/login";
  const { status } = await registry.ask(
    "ask for the login",
    "GET",
    `${path}?provider=oidc&callback_ui=${encodeURIComponent("/v2/")}`,
  );
  const actual = status === 302 ? "redirect" : String(status);
  return {
    identity: "anonymous",
    client: client.name,
    action: "login",
    asks: "login",
    target: path,
    expected: "redirect",
    actual,
    outcome: outcomeOfStatus(status),
    ok: status === 302,
  };
}

function writersMayPushTo({ access, zotVersion }: MatrixArgs): (repository: string) => boolean {
  const ac = accessControl(access, zotVersion);
  const writer = { username: "writer", groups: access.writers };
  return (repository) => decide(ac, writer, repository, "create");
}

/** Who makes the scratch repository and who removes it; better one who may do both, so that nothing stays behind. */
function scratchIdentities(a: MatrixArgs) {
  const { access, zotVersion, identities, scratchRepository } = a;
  if (!writersMayPushTo(a)(scratchRepository)) {
    throw new MatrixSetupError(
      `the scratch repository ${scratchRepository} is not among those that CI may push to ` +
        `(${access.writableRepositories.join(", ")}); name one that is`,
    );
  }
  const ac = accessControl(access, zotVersion);
  const whoMay = (action: "create" | "delete") =>
    identities.filter(
      ({ username, groups, dead }) =>
        username !== undefined &&
        dead !== true &&
        decide(ac, { username, groups }, scratchRepository, action),
    );
  const deleter = whoMay("delete")[0];
  const creator = deleter ?? whoMay("create")[0];
  if (!creator) {
    throw new MatrixSetupError(
      `no repository that CI may push to exists yet, and none of the identities may create ${scratchRepository}; ` +
        `give the matrix the CI key or an admin's key, or push one image first`,
    );
  }
  return { creator, deleter };
}
