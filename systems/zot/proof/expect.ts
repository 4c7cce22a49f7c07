import type { AccessControl, Action } from "../access";
import type { MetricsAccess } from "../config/metrics";
import { decide, isOpen } from "../decide";
import { type Access, isGranted, verbOf } from "../grants";
import { accessControl } from "../rules";
import { atLeast, SINCE, warnBelow, weaknesses } from "../version";
import type { Client } from "./clients";
import type { Question } from "./questions";
import type { Answer, MatrixArgs, MatrixIdentity, Special } from "./types";

export interface Expectation {
  answer: Answer;
  /** Other answers that this zot version is known to give. */
  tolerated?: string[];
  /** The limitation behind `tolerated`, or behind a surprising answer. */
  note?: string;
}

/** The model contradicts the fixed rules that apply to all settings; the registry was not contacted. */
export class ExpectationError extends Error {
  override readonly name = "ExpectationError";
}

/**
 * Docker's clients take 200 on /v2/ as "no login needed", so zot answers 401 to them from this version on (issue
 * 4173).
 */
const DOCKER_CHALLENGE_SINCE = "2.1.16";

export type Expect = (identity: MatrixIdentity, client: Client, question: Question) => Expectation;

/** The promises of the settings, derived from their rendered access control. */
export function expectations({
  access,
  metrics,
  zotVersion,
}: Pick<MatrixArgs, "access" | "metrics" | "zotVersion">): Expect {
  const ac = accessControl(access);
  const registry = { isOpen: isOpen(ac), metrics, zotVersion };
  return (identity, client, { action, asks }) => {
    if (identity.dead === true) return { answer: "401" };
    if (asks.kind !== "repository") return special(asks.kind, identity, client, registry);
    const answer = repositoryAnswer(ac, access, identity, asks);
    return action === "move tag by digest" ? withDigestWeakness(answer, identity, zotVersion) : { answer };
  };
}

function repositoryAnswer(
  ac: AccessControl,
  access: Access,
  identity: MatrixIdentity,
  { repository, action }: { repository: string; action: Action },
): Answer {
  const { username, groups, name } = identity;
  const who = { ...(username !== undefined && { username }), groups };
  const allowed = decide(ac, who, repository, action);
  // From the list itself, without the precedence of globs, and a fixed rule.
  const granted = isGranted(access, who, repository, verbOf(action));
  const never = username === undefined && action !== "read";
  if (allowed !== granted || (allowed && never)) {
    throw new ExpectationError(
      `zot's rules would ${allowed ? "allow" : "forbid"} ${name} to ${verbOf(action)} in ${repository}, ` +
        `which ${never && granted ? "must never be" : "the settings do not say"}; look at access and pushers`,
    );
  }
  return allowed ? "allowed" : refusal(identity);
}

interface Served {
  readonly isOpen: boolean;
  readonly metrics: MetricsAccess | undefined;
  readonly zotVersion: string;
}

function special(
  kind: Special,
  identity: MatrixIdentity,
  client: Client,
  { isOpen: open, metrics, zotVersion }: Served,
): Expectation {
  const { username } = identity;
  const anonymous = username === undefined;
  switch (kind) {
    case "catalog":
      return { answer: anonymous && !open ? "401" : "allowed" };
    // zot's answer to an anonymous list of keys (measured: 500, not 401).
    case "key list":
      if (!anonymous) return { answer: "allowed" };
      return open ? { answer: "500", tolerated: ["401", "403"] } : { answer: "401" };
    case "metrics":
      return { answer: metricsAnswer(username, metrics, open, zotVersion) };
    case "version check":
      if (anonymous && !open) return { answer: "401" };
      return anonymous && client.docker && atLeast(zotVersion, DOCKER_CHALLENGE_SINCE)
        ? {
            answer: "401",
            note: "docker cannot pull anonymously: zot asks its clients to log in (zot issue 4173); containerd, podman, skopeo and buildkit can",
          }
        : { answer: "allowed" };
  }
}

/** Before metrics had their own rule, a registry without anonymous pulls required a login from anonymous scrapers. */
function metricsAnswer(
  username: string | undefined,
  { anonymous, users }: MetricsAccess = { anonymous: false, users: [] },
  open: boolean,
  zotVersion: string,
): Answer {
  if (username !== undefined) return users.includes(username) ? "allowed" : "403";
  const reached = open || atLeast(zotVersion, SINCE.metricsAnonymousPolicy);
  return anonymous && reached ? "allowed" : "401";
}

function withDigestWeakness(answer: Answer, identity: MatrixIdentity, zotVersion: string): Expectation {
  if (answer !== "403" || identity.groups.length === 0 || atLeast(zotVersion, warnBelow)) return { answer };
  return { answer, tolerated: ["allowed"], note: weaknesses(zotVersion).at(-1) ?? "" };
}

function refusal({ username }: MatrixIdentity): Answer {
  return username === undefined ? "401" : "403";
}
