import { accessControl, type AccessControl, type AccessTiers, type Action } from "../access";
import { decide } from "../decide";
import { atLeast, warnBelow, weaknesses } from "../version";
import type { Client } from "./clients";
import type { Question } from "./questions";
import type { Answer, MatrixArgs, MatrixIdentity, Special } from "./types";

export interface Expectation {
  answer: Answer;
  /** Other answers that this zot version is known to give. */
  tolerated?: string[];
  /** The limitation behind `tolerated`, or behind an answer that surprises. */
  note?: string;
}

/** The model and the rules that hold whatever the settings say disagree; nothing was asked of the registry. */
export class ExpectationError extends Error {
  override readonly name = "ExpectationError";
}

/** Docker's clients take 200 on /v2/ as "no login needed", so zot sends them 401 there from this version on (issue 4173). */
const DOCKER_CHALLENGE_SINCE = "2.1.16";

export type Expect = (identity: MatrixIdentity, client: Client, question: Question) => Expectation;

/** What the settings promise, derived from the access control that they render to. */
export function expectations({ access, zotVersion }: Pick<MatrixArgs, "access" | "zotVersion">): Expect {
  const ac = accessControl(access, zotVersion);
  return (identity, client, { action, asks }) => {
    if (identity.dead === true) return { answer: "401" };
    if (asks.kind !== "repository") return special(asks.kind, identity, client, zotVersion);
    const answer = repositoryAnswer(ac, access, identity, asks);
    return action === "move tag by digest" ? withDigestWeakness(answer, identity, zotVersion) : { answer };
  };
}

function repositoryAnswer(
  ac: AccessControl,
  access: AccessTiers,
  identity: MatrixIdentity,
  { repository, action }: { repository: string; action: Action },
): Answer {
  const { username, groups, name } = identity;
  const allowed = decide(ac, { ...(username !== undefined && { username }), groups }, repository, action);
  const must = invariant(access, identity, action);
  if (must !== undefined && must !== allowed) {
    throw new ExpectationError(
      `the access settings would ${allowed ? "allow" : "forbid"} ${name} to ${action} in ${repository}, ` +
        `which must never be; look at access.admins, access.writers and access.pushRepositories`,
    );
  }
  return allowed ? "allowed" : refusal(identity);
}

/** What holds for every setting; deliberately not derived from the model. */
function invariant(
  access: AccessTiers,
  { username, groups }: MatrixIdentity,
  action: Action,
): boolean | undefined {
  const within = (tier: string[]) => groups.some((group) => tier.includes(group));
  if (action === "read") return true;
  if (username === undefined) return false;
  if (within(access.admins)) return true;
  if (!within(access.writers)) return false;
  return action === "create" ? undefined : false;
}

function special(kind: Special, identity: MatrixIdentity, client: Client, zotVersion: string): Expectation {
  const anonymous = identity.username === undefined;
  switch (kind) {
    case "catalog":
      return { answer: "allowed" };
    // zot's answer to a list of nobody's keys (facts: 500, not 401).
    case "key list":
      return anonymous ? { answer: "500", tolerated: ["401", "403"] } : { answer: "allowed" };
    case "metrics":
      return { answer: anonymous ? "allowed" : "403" };
    case "version check":
      return anonymous && client.docker && atLeast(zotVersion, DOCKER_CHALLENGE_SINCE)
        ? {
            answer: "401",
            note: "docker cannot pull anonymously: zot asks its clients to log in (zot issue 4173); containerd, podman, skopeo and buildkit can",
          }
        : { answer: "allowed" };
  }
}

function withDigestWeakness(answer: Answer, identity: MatrixIdentity, zotVersion: string): Expectation {
  if (answer !== "403" || identity.groups.length === 0 || atLeast(zotVersion, warnBelow)) return { answer };
  return { answer, tolerated: ["allowed"], note: weaknesses(zotVersion).at(-1) ?? "" };
}

function refusal({ username }: MatrixIdentity): Answer {
  return username === undefined ? "401" : "403";
}
