import { createHash, randomBytes } from "node:crypto";
import type { ZotReply } from "../http";
import type { Action } from "../access";
import type { MatrixArgs, OwnTarget, Outcome, Special, Target, Targets } from "./types";

/**
 * A right, tested without writing (measured). zot authorizes a PUT before it reads the body, so the body `{}`, which
 * is not a manifest, distinguishes 400 from 401 and 403.
 */
export interface Question {
  action: string;
  /** The target in the table: a repository, a tag or a path. */
  target: string;
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: string;
  /** The action in zot's access control; the rest has its own rules, see expect.ts. */
  asks: { kind: "repository"; repository: string; action: Action } | { kind: Special };
  /** Status, and the code in zot's error list, that mean "allowed". */
  allowed: { status: number; code?: string };
}

const NOT_A_MANIFEST = "{}";
const MANIFEST = { "Content-Type": "application/vnd.oci.image.manifest.v1+json" };
/** Nothing in the storage has it. */
export const DIGEST = `sha256:${createHash("sha256").update(NOT_A_MANIFEST).digest("hex")}`;
const OK = { status: 200 };
/** zot checks the media type after the rights and before the body, and stores nothing with an unknown type. */
const UNKNOWN_MANIFEST = { "Content-Type": "application/vnd.zot-access.question.v1+json" };

export interface PlannedQuestion {
  question: Question;
  /** Whether only one client tests it: clients do not differ in rights. */
  once?: boolean;
  /** Whether only identities that must be refused test it: an allowed one would leave an entry in the catalog. */
  onlyRefused?: boolean;
}

/**
 * The requests of one identity. A pusher tests everything in its own repository, and only the push in others; any
 * other identity tests everything in the first pusher's and in all other places.
 *
 * @param pusher the username, if the identity is a pusher
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

/** New in each run: nothing in the storage has it. */
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

/**
 * Pulling is tested with the tags here: a request for a manifest below a pull-through prefix would fetch it from
 * upstream.
 */
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

/** The request of a retried CI job: the tag's own manifest again. To zot that is an update like any other. */
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

/** "allowed", "401", "403", or any other status with zot's code, e.g. "500" or "400 NAME_INVALID". */
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
