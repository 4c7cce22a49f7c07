import pLimit from "p-limit";
import { EVERY_REPOSITORY } from "../access";
import { decidingGlobs } from "../decide";
import { globsOf, isGranted } from "../grants";
import { accessControl } from "../rules";
import { type Client, DISTINCT_CLIENTS } from "./clients";
import { expectations, type Expect } from "./expect";
import { freshTag, outcomeOf, outcomeOfStatus, questions, readAnswer, type Question } from "./questions";
import { Registry } from "./registry";
import { deleteScratch, pushScratch, SCRATCH } from "./scratch";
import { findTargets } from "./targets";
import type { MatrixArgs, MatrixIdentity, MatrixPusher, MatrixRow, Targets } from "./types";
import type { ZotReply } from "../http";

const DEFAULT_TIMEOUT_MS = 5000;
const AT_ONCE = 12;

/** The matrix cannot be tested, and the registry's answers are not the reason. */
export class MatrixSetupError extends Error {
  override readonly name = "MatrixSetupError";
}

/**
 * Tests on the live registry what each identity may do with each client, and returns every answer with the expected
 * one. Writes nothing, unless a pusher has no repository to push to: then it creates a scratch repository, and
 * deletes it afterwards if one of the identities may delete.
 *
 * @throws MatrixSetupError, ExpectationError before any request; SystemError if the registry does not answer
 */
export async function runMatrix(a: MatrixArgs): Promise<MatrixRow[]> {
  const registryUrl = a.registryUrl.replace(/\/+$/, "");
  const as = (identity?: MatrixIdentity, client?: Client) =>
    new Registry(registryUrl, a.timeoutMs ?? DEFAULT_TIMEOUT_MS, identity, client?.userAgent);
  const expect = expectations(a);
  const control = accessControl(a.access);
  const found = await findTargets(
    readersOf(a).map((identity) => as(identity)),
    {
      pushers: a.pushers.map(({ name }) => name),
      caches: a.access.caches,
      mayPush: mayPush(a),
      kindOf: (repository) => decidingGlobs(control, repository).join(" "),
    },
  );
  const scratches = a.readOnly === true ? [] : missing(a, found).flatMap((pusher) => scratchOf(a, pusher));
  if (a.pushers.length > 0 && found.own.length + scratches.length === 0) throw nothingToAsk(a);
  const made: Scratch[] = [];
  try {
    for (const scratch of scratches) {
      made.push(scratch);
      await pushScratch(as(scratch.creator), scratch.repository);
    }
    const own = [
      ...found.own,
      ...scratches.map(({ pusher, repository }) => ({ pusher, repository, ...SCRATCH })),
    ].sort((one, other) => positionOf(a, one.pusher) - positionOf(a, other.pusher));
    return await askAll(a, as, expect, { ...found, own });
  } finally {
    for (const { deleter, repository } of made) if (deleter) await deleteScratch(as(deleter), repository);
  }
}

type As = (identity?: MatrixIdentity, client?: Client) => Registry;

function positionOf({ pushers }: MatrixArgs, name: string): number {
  return pushers.findIndex((pusher) => pusher.name === name);
}

/**
 * The identities that together see every repository: one that may pull everything, or all of them. Undefined:
 * anonymous.
 */
function readersOf({ access, identities }: MatrixArgs): (MatrixIdentity | undefined)[] {
  const alive = identities.filter(({ dead, username }) => dead !== true && username !== undefined);
  const isOpen = access.grants.some(({ to }) => to === "anonymous");
  const everybody = [...(isOpen ? [undefined] : []), ...alive];
  const seesAll = (identity: MatrixIdentity | undefined) =>
    [EVERY_REPOSITORY, ...globsOf(access)].every((glob) =>
      isGranted(access, identity ?? { groups: [] }, glob, "pull"),
    );
  const one = everybody.findIndex(seesAll);
  return one === -1 ? everybody : everybody.slice(one, one + 1);
}

async function askAll(a: MatrixArgs, as: As, expect: Expect, targets: Targets): Promise<MatrixRow[]> {
  const limit = pLimit(AT_ONCE);
  const asked = { freshTag: freshTag(), metrics: a.metrics };
  const clients = a.clients ?? DISTINCT_CLIENTS;
  const pushers = new Set(a.pushers.map(({ name }) => name));
  let failed = false;
  const once = (work: () => Promise<MatrixRow>) =>
    limit(async () => {
      a.signal?.throwIfAborted();
      // The first request without an answer ends the run; the others would each wait for their own limit.
      if (failed) throw new MatrixSetupError("not asked, since the registry stopped answering");
      try {
        return await work();
      } catch (error) {
        failed = true;
        throw error;
      }
    });
  const cellsOf = (identity: MatrixIdentity) => {
    const { dead, username } = identity;
    const pusher = dead !== true && username !== undefined && pushers.has(username) ? username : undefined;
    return questions(targets, pusher, asked).flatMap((asking) =>
      (asking.once === true ? clients.slice(0, 1) : clients).flatMap((client) => {
        const { question } = asking;
        const expectation = expect(identity, client, question);
        if (asking.onlyRefused === true && expectation.answer === "allowed") return [];
        return [{ identity, client, question, expectation }];
      }),
    );
  };
  const askAs = (identities: readonly MatrixIdentity[]) => {
    // All of them first: nothing is requested if the settings promise something that must never be allowed.
    const cells = identities.flatMap(cellsOf);
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
    a.later?.().then(askAs) ?? [],
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

/** A browser has no credentials when it requests the login. */
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

function mayPush({ access, pushers }: MatrixArgs): (pusher: string, repository: string) => boolean {
  const subjects = new Map(
    pushers.map(({ name, groups }) => [name, { username: name, groups: [...groups] }]),
  );
  return (pusher, repository) =>
    isGranted(access, subjects.get(pusher) ?? { groups: [] }, repository, "push");
}

/** A repository that is created for the tests. */
interface Scratch {
  readonly pusher: string;
  readonly repository: string;
  readonly creator: MatrixIdentity;
  readonly deleter: MatrixIdentity | undefined;
}

function missing({ pushers }: MatrixArgs, { own }: Targets): MatrixPusher[] {
  return pushers.filter(({ name }) => own.every(({ pusher }) => pusher !== name));
}

/** Which identities create and delete it; preferably one that may do both, so that nothing is left. */
function scratchOf(a: MatrixArgs, { name, scratchRepository: repository }: MatrixPusher): Scratch[] {
  if (!mayPush(a)(name, repository)) {
    throw new MatrixSetupError(
      `the scratch repository ${repository} is not among those that ${name} may push to; name one that is in proof.scratchRepository`,
    );
  }
  const whoMay = (verb: "push" | "delete") =>
    a.identities.filter(
      ({ username, groups, dead }) =>
        username !== undefined &&
        dead !== true &&
        isGranted(a.access, { username, groups }, repository, verb),
    );
  const deleter = whoMay("delete").find((each) => whoMay("push").includes(each));
  const creator = deleter ?? whoMay("push")[0];
  return creator ? [{ pusher: name, repository, creator, deleter }] : [];
}

function nothingToAsk({ pushers, readOnly }: MatrixArgs): MatrixSetupError {
  const places = pushers.map(({ scratchRepository }) => scratchRepository).join(", ");
  return new MatrixSetupError(
    readOnly === true
      ? "there is no repository yet that a pusher may push to"
      : `no repository that a pusher may push to exists yet, and none of the identities may create ${places}; ` +
          `give the matrix a pusher's key or an admin's key, or push one image first`,
  );
}
