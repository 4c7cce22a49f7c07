import type { AccessControl, Action } from "../../systems/zot/access";
import { decide, isAdmin, isOpen } from "../../systems/zot/decide";
import { atLeast, MINIMUM, warnBelow } from "../../systems/zot/version";
import {
  DIGEST,
  pushAgain,
  put,
  read,
  readAnswer,
  remove,
  type Question,
} from "../../systems/zot/proof/questions";
import { namesIn, type Registry } from "../../systems/zot/proof/registry";
import { REPOSITORIES, type Person } from "./people";
import { IMAGE, sharedImage, sharedTags, TAG } from "./seed";

/** One request of one user, and the answer that the model predicts. */
export interface Probe {
  asked: string;
  repository: string;
  ask: (registry: Registry) => Promise<string>;
  expected: string;
  /** What the request removes from the storage, in the format of stored(). */
  removes: string[];
}

const FRESH = "fresh";

export function probes(access: AccessControl, person: Person, zotVersion: string): Probe[] {
  return [
    catalogProbe(access, person),
    ...REPOSITORIES.flatMap((repository) => [
      ...rights(repository, zotVersion).map((right) => rightProbe(access, person, repository, right)),
      collisionProbe(access, person, repository),
    ]),
  ];
}

interface Right {
  question: Question;
  /** The rights that zot checks; all of them must be granted. */
  needs: Action[];
}

/** The rights for each request (zot's pkg/api/authz.go), by version. None of them writes anything. */
function rights(repository: string, zotVersion: string): Right[] {
  const has = (version: string, now: Action[]): Action[] => (atLeast(zotVersion, version) ? now : ["create"]);
  const manifest = (name: string, reference: string, needs: Action[]): Right => ({
    question: put(name, repository, reference, "create"),
    needs,
  });
  return [
    { question: { ...read(repository, `manifests/${TAG}`), method: "HEAD" }, needs: ["read"] },
    manifest("push new tag", FRESH, ["create"]),
    { question: pushAgain(repository, TAG, IMAGE.manifest), needs: ["update"] },
    manifest("overwrite tag", TAG, ["update"]),
    manifest("overwrite latest", "latest", has(MINIMUM, ["update"])),
    manifest("push by digest", DIGEST, ["create"]),
    manifest("move tag by digest", `${DIGEST}?tag=${TAG}`, has(warnBelow, ["update"])),
    manifest(
      "new and moved tag by digest",
      `${DIGEST}?tag=${FRESH}&tag=${TAG}`,
      has(warnBelow, ["create", "update"]),
    ),
    { question: remove(repository, FRESH), needs: ["delete"] },
  ];
}

function rightProbe(
  access: AccessControl,
  person: Person,
  repository: string,
  { question, needs }: Right,
): Probe {
  const allowed = needs.every((action) => decide(access, person, repository, action));
  return probe(question, repository, allowed ? "allowed" : refusal(person));
}

/** Deletes an image of the user's own that two tags share: the only request that is executed if it is allowed. */
function collisionProbe(access: AccessControl, person: Person, repository: string): Probe {
  const question: Question = {
    ...remove(repository, sharedImage(person).digest),
    action: "delete what tags share",
    allowed: { status: 202 },
  };
  if (!decide(access, person, repository, "delete")) return probe(question, repository, refusal(person));
  const refused = decide(access, person, repository, "detectManifestCollision");
  if (refused) return probe(question, repository, "409 MANIFEST_INVALID");
  const removes = sharedTags(person).map((tag) => `${repository}:${tag}`);
  return { ...probe(question, repository, "allowed"), removes };
}

function probe(question: Question, repository: string, expected: string): Probe {
  const { action, method, path, headers, body } = question;
  const ask = async (registry: Registry) =>
    readAnswer(
      question,
      await registry.ask(action, method, path, {
        ...(headers && { headers }),
        ...(body !== undefined && { body }),
      }),
    );
  return { asked: action, repository, ask, expected, removes: [] };
}

/** zot shows the repositories that a user may read, and all of them to users in the admin policy. */
function catalogProbe(access: AccessControl, person: Person): Probe {
  const visible = REPOSITORIES.filter(
    (repository) => isAdmin(access, person) || decide(access, person, repository, "read"),
  );
  const closed = person.username === undefined && !isOpen(access);
  return {
    asked: "catalog",
    repository: "",
    removes: [],
    expected: closed ? "401" : visible.join(" "),
    ask: async (registry) => {
      const { status, text } = await registry.ask("catalog", "GET", "/v2/_catalog");
      return status === 200 ? (namesIn(text, "repositories") ?? ["no catalog"]).join(" ") : String(status);
    },
  };
}

function refusal({ username }: Person): string {
  return username === undefined ? "401" : "403";
}
