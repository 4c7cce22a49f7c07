import { createHash, randomBytes } from "node:crypto";
import type { ZotReply } from "../http";
import type { Action } from "../access";
import type { MatrixArgs, OwnTarget, Outcome, Special, Target, Targets } from "./types";

/**
 * Something that one may or may not do, asked so that nothing is written (facts: "Asking zot what one may do"). zot
 * authorizes a PUT before it reads the body, so the body `{}`, which is no manifest, tells apart 400 from 401 and 403.
 */
export interface Question {
  action: string;
  /** What the table names: a repository, a tag or a path. */
  target: string;
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: string;
  /** What zot's access control is asked; the rest follows rules of its own, see expect.ts. */
  asks: { kind: "repository"; repository: string; action: Action } | { kind: Special };
  /** Status, and the code in zot's error list, that mean "you may". */
  allowed: { status: number; code?: string };
}

const NOT_A_MANIFEST = "{}";
const MANIFEST = { "Content-Type": "application/vnd.oci.image.manifest.v1+json" };
/** Nothing that is stored has it. */
export const DIGEST = `sha256:${createHash("sha256").update(NOT_A_MANIFEST).digest("hex")}`;
const OK = { status: 200 };
/** zot looks at the media type after the rights and before the body, and stores nothing of a kind that it does not know. */
const UNKNOWN_MANIFEST = { "Content-Type": "application/vnd.zot-access.question.v1+json" };

export interface PlannedQuestion {
  question: Question;
  /** Whether only one client asks: what a client is makes no difference to rights. */
  once?: boolean;
  /** Whether it is asked only of whoever is to be refused: an allowed one would leave an entry in the catalog. */
  onlyRefused?: boolean;
}

/**
 * What is asked as somebody. Of its own repository each pusher is asked everything, and of everybody else's whether it may push there;
 * whoever is no pusher is asked everything of the first pusher's and of all other places.
 *
 * @param pusher the user name, where it is one's
 */
export function questions(
  targets: Targets,
  pusher: string | undefined,
  { freshTag, metrics }: { freshTag: string } & Pick<MatrixArgs, "metrics">,
): PlannedQuestion[] {
  const { empty, others, own } = targets;
  const first = own[0];
  const isFurther = pusher !== undefined && first !== undefined && first.pusher !== pusher;
  const everything = (target: OwnTarget) => target.pusher === pusher || (target === first && !isFurther);
  return [
    ...[get("version check", "/v2/"), get("catalog", "/v2/_catalog?n=1")].map(asIs),
    ...own.flatMap((target) =>
      everything(target)
        ? writableQuestions(target, freshTag).map(asIs)
        : [brief(put("push new tag", target.repository, freshTag, "create"))],
    ),
    ...others.flatMap((target) =>
      isFurther
        ? [brief(put("push new tag", target.repository, freshTag, "create"))]
        : otherQuestions(target, freshTag).map(asIs),
    ),
    ...empty.map((repository) => ({
      ...brief(put("push new tag", repository, freshTag, "create")),
      onlyRefused: true,
    })),
    asIs(get("key list", "/zot/auth/apikey")),
    ...(metrics ? [asIs(get("metrics", "/metrics"))] : []),
  ];
}

const asIs = (question: Question): PlannedQuestion => ({ question });
const brief = (question: Question): PlannedQuestion => ({ question, once: true });

/** Made anew for each run: nothing that is stored has it. */
export function freshTag(): string {
  return `zot-access-${randomBytes(8).toString("hex")}`;
}

function writableQuestions({ repository, tag, hasLatest, manifest }: Target, freshTag: string): Question[] {
  return [
    { ...read(repository, `manifests/${tag}`), method: "HEAD", target: `${repository}:${tag}` },
    put("push new tag", repository, freshTag, "create"),
    ...(manifest === undefined ? [] : [pushAgain(repository, tag, manifest)]),
    put("overwrite tag", repository, tag, "update"),
    ...(hasLatest ? [put("overwrite latest", repository, "latest", "update")] : []),
    { ...put("push by digest", repository, DIGEST, "create"), target: repository },
    {
      ...put("move tag by digest", repository, `${DIGEST}?tag=${tag}`, "update"),
      target: `${repository}:${tag}`,
    },
    remove(repository, freshTag),
  ];
}

/** Pulling asks for the tags here: to ask for a manifest under a pull-through prefix would fetch it from upstream. */
function otherQuestions({ repository, tag }: Target, freshTag: string): Question[] {
  return [
    read(repository, "tags/list?n=1"),
    put("push new tag", repository, freshTag, "create"),
    put("overwrite tag", repository, tag, "update"),
    remove(repository, freshTag),
  ];
}

function get(kind: Special, path: string): Question {
  return {
    action: kind,
    target: path.split("?")[0] ?? path,
    method: "GET",
    path,
    asks: { kind },
    allowed: OK,
  };
}

export function read(repository: string, path: string): Question {
  return {
    action: "pull",
    target: repository,
    method: "GET",
    path: `/v2/${repository}/${path}`,
    asks: { kind: "repository", repository, action: "read" },
    allowed: OK,
  };
}

export function put(name: string, repository: string, reference: string, action: Action): Question {
  return {
    action: name,
    target: `${repository}${name === "push new tag" ? "" : `:${reference}`}`,
    method: "PUT",
    path: `/v2/${repository}/manifests/${reference}`,
    headers: MANIFEST,
    body: NOT_A_MANIFEST,
    asks: { kind: "repository", repository, action },
    allowed: { status: 400, code: "MANIFEST_INVALID" },
  };
}

/** What a retried CI job does: the tag's own manifest once more. To zot that is an update like any other. */
export function pushAgain(repository: string, tag: string, manifest: string): Question {
  return {
    ...put("push same digest again", repository, tag, "update"),
    headers: UNKNOWN_MANIFEST,
    body: manifest,
    allowed: { status: 415, code: "MANIFEST_INVALID" },
  };
}

export function remove(repository: string, freshTag: string): Question {
  return {
    action: "delete",
    target: repository,
    method: "DELETE",
    path: `/v2/${repository}/manifests/${freshTag}`,
    asks: { kind: "repository", repository, action: "delete" },
    allowed: { status: 404, code: "MANIFEST_UNKNOWN" },
  };
}

/** "allowed", "401", "403", or the status with zot's code where it is none of these, e.g. "500" or "400 NAME_INVALID". */
export function readAnswer(question: Question, reply: ZotReply): string {
  const { status } = reply;
  if (status === 401 || status === 403) return String(status);
  if (isAllowed(question, reply)) return "allowed";
  const code = codeIn(reply);
  return code === undefined ? String(status) : `${status} ${code}`;
}

export function outcomeOf(question: Question, reply: ZotReply): Outcome {
  return isAllowed(question, reply) ? "allowed" : outcomeOfStatus(reply.status);
}

export function outcomeOfStatus(status: number): Outcome {
  if (status >= 500) return "failed";
  switch (status) {
    case 401:
      return "unauthenticated";
    case 403:
      return "forbidden";
    case 404:
      return "not found";
    case 201:
    case 202:
      return "done";
    case 302:
      return "redirected";
    default:
      return "other";
  }
}

function isAllowed({ allowed }: Question, reply: ZotReply): boolean {
  return reply.status === allowed.status && (allowed.code === undefined || codeIn(reply) === allowed.code);
}

function codeIn({ text }: ZotReply): string | undefined {
  return /"code"\s*:\s*"([A-Z_]+)"/.exec(text)?.[1];
}
