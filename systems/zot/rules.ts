import type { AccessControl, Action, Policy, RepositoryPolicy } from "./access";
import { groupBy } from "../group-by";
import { cacheReaches, reachProblem } from "./cache-reach";
import { checkGlob, commonRepository, decidesIn, globContains, GlobError, globLength } from "./glob";
import {
  type Access,
  ACTIONS,
  exceptionsOf,
  givenIn,
  globsOf,
  type Grant,
  type Holder,
  holdersOf,
  holdingGlob,
  type Verb,
  VERBS,
} from "./grants";

/*
 * zot's access rules for a list of grants. Of all globs that match a repository only the longest one applies, and
 * inherits nothing, so each one repeats all grants that cover everything that it matches. Globs by which zot would
 * give less than the grants, or decide at random, are refused.
 */

/** Why a list of grants cannot be expressed in zot's rules. */
export interface RuleProblem {
  /** The wrong setting: `access.roles[0].in[1]`. */
  readonly from: string;
  readonly glob: string;
  readonly problem: string;
  readonly fix: string;
}

/**
 * zot's `accessControl` for the grants, without metrics.
 *
 * @throws GlobError for the first glob that cannot be used
 */
export function accessControl(access: Access): AccessControl {
  const [first] = ruleProblems(access);
  if (first) throw new GlobError(first.glob, first.problem, first.fix);
  return {
    repositories: Object.fromEntries(globsOf(access).map((glob) => [glob, rulesOf(rightsIn(glob, access))])),
  };
}

/** The rights of each subject in an area; keyed, so that one subject's rights can be compared. */
type Rights = ReadonlyMap<string, { readonly holder: Holder; readonly verbs: ReadonlySet<Verb> }>;

const keyOf = ({ kind, name }: Holder): string => `${kind} ${name}`;

function rightsIn(area: string, { grants, caches }: Access): Rights {
  const rights = new Map<string, { holder: Holder; verbs: Set<Verb> }>();
  const add = (holder: Holder, verbs: readonly Verb[]) => {
    const own = rights.get(keyOf(holder)) ?? { holder, verbs: new Set<Verb>() };
    verbs.forEach((verb) => own.verbs.add(verb));
    rights.set(keyOf(holder), own);
  };
  for (const grant of grants) {
    if (holdingGlob(grant, area) === undefined) continue;
    const given = givenIn(area, grant, caches);
    for (const holder of holdersOf(grant.to)) {
      add(holder, given);
      if (holder.kind === "anonymous")
        add(
          AUTHENTICATED,
          given.filter((verb) => verb === "pull"),
        );
    }
  }
  return rights;
}

const AUTHENTICATED: Holder = { kind: "authenticated", name: "" };
const ANONYMOUS: Holder = { kind: "anonymous", name: "" };

function verbsOf(rights: Rights, holder: Holder): readonly Verb[] {
  const own = rights.get(keyOf(holder))?.verbs;
  return VERBS.filter((verb) => own?.has(verb) === true);
}

function rulesOf(rights: Rights): RepositoryPolicy {
  const anonymous = verbsOf(rights, ANONYMOUS);
  const all = verbsOf(rights, AUTHENTICATED);
  const policies = new Map<string, Policy>();
  for (const { holder } of rights.values()) {
    if (holder.kind !== "group" && holder.kind !== "user") continue;
    const verbs = verbsOf(rights, holder);
    if (verbs.every((verb) => all.includes(verb))) continue;
    const [list, actions] = [`${holder.kind}s` as const, actionsOf(verbs)];
    const key = `${list} ${actions.join()}`;
    const policy = policies.get(key);
    policies.set(key, { [list]: [...(policy?.[list] ?? []), holder.name], actions });
  }
  return {
    ...(anonymous.length > 0 && { anonymousPolicy: actionsOf(anonymous) }),
    // Also if it is empty: zot's reader drops a glob without content, and the next longest one would then decide.
    defaultPolicy: actionsOf(all),
    policies: [...policies.values()],
  };
}

/**
 * Protects users with the right to delete: zot refuses (409) to delete a manifest by its digest while several tags
 * share it.
 */
function actionsOf(verbs: readonly Verb[]): Action[] {
  const actions: Action[] = verbs.map((verb) => ACTIONS[verb]);
  return verbs.includes("delete") ? [...actions, "detectManifestCollision"] : actions;
}

export function ruleProblems(access: Access): RuleProblem[] {
  const malformed = [...access.grants.flatMap(globProblems), ...access.caches.flatMap(cacheProblems)];
  // The other checks compute common names of globs.
  if (malformed.length > 0) return malformed;
  const others = [...reachProblems(access), ...vainExceptions(access)];
  return others.length > 0 ? others : [...overlapProblems(access), ...exceptionProblems(access)];
}

function globProblems(grant: Grant): RuleProblem[] {
  const { in: globs, except = [], from } = grant;
  return [
    ...globs.flatMap((glob, index) => shapeProblem(glob, `${from}[${index}]`)),
    ...except.flatMap((glob, index) => shapeProblem(glob, `${exceptionsOf(grant)}[${index}]`)),
  ];
}

/** Exceptions without effect: a mistake by which a user believes to have closed something. */
function vainExceptions({ grants }: Access): RuleProblem[] {
  const bySetting = groupBy(
    grants.filter(({ except }) => except),
    exceptionsOf,
  );
  return [...bySetting].flatMap(([setting, alike]) =>
    (alike[0].except ?? []).flatMap((glob, index) => {
      const takes = alike.some((grant) => grant.in.some((each) => decidesIn(glob, each)));
      if (takes) return [];
      const problem =
        "is not an exception: no shorter glob of the same entry matches a repository that it matches";
      return [{ from: `${setting}[${index}]`, glob, problem, fix: "remove it, or write a longer glob" }];
    }),
  );
}

/** Where a longer glob of another grant repeats what an exception excludes. */
function exceptionProblems(access: Access): RuleProblem[] {
  const { caches, grants } = access;
  const globs = globsOf(access);
  return grants.flatMap((grant) =>
    (grant.except ?? []).flatMap((glob, index) =>
      globs.flatMap((winner): RuleProblem[] => {
        const held = holdingGlob(grant, winner);
        if (held === undefined || globLength(held) > globLength(glob)) return [];
        const others = rightsIn(winner, { caches, grants: grants.filter((each) => each !== grant) });
        if (covers(others, grant, givenIn(winner, grant, caches))) return [];
        const repository = contested(winner, glob, globs);
        if (repository === undefined) return [];
        return [
          {
            from: `${exceptionsOf(grant)}[${index}]`,
            glob,
            problem: `and ${winner} both match ${repository}, where zot lets ${winner} decide, which repeats what ${grant.from} gives`,
            fix: `add ${winner} to ${exceptionsOf(grant)}, or write ${longerThan(winner, glob)}, which zot matches in the same way and prefers`,
          },
        ];
      }),
    ),
  );
}

function cacheProblems(cache: string): RuleProblem[] {
  return shapeProblem(cache, "zot.config");
}

function shapeProblem(glob: string, from: string): RuleProblem[] {
  try {
    checkGlob(glob);
    return [];
  } catch (error) {
    if (!(error instanceof GlobError)) throw error;
    return [{ from, glob, problem: error.problem, fix: error.hint }];
  }
}

/** Where pushers could push below a cache: by their own glob, or by another one that repeats their rights. */
function reachProblems(access: Access): RuleProblem[] {
  const { caches } = access;
  if (caches.length === 0) return [];
  const globs = globsOf(access);
  const writes = (verbs: readonly Verb[]) => verbs.some((verb) => verb !== "pull");
  const pushing = access.grants.filter(({ pusher, may }) => pusher !== undefined && writes(may));
  const carried = globs.flatMap((area) => {
    const grant = pushing.find(
      (each) => holdingGlob(each, area) !== undefined && writes(givenIn(area, each, caches)),
    );
    return grant ? [{ area, grant }] : [];
  });
  const own = pushing.flatMap((grant) =>
    grant.in.filter((area) => holdingGlob(grant, area) !== undefined).map((area) => ({ area, grant })),
  );
  return cacheReaches(
    [...own, ...carried].map(({ area }) => area),
    caches,
    globs,
  ).flatMap((reach) => {
    const found =
      own.find(({ area }) => area === reach.glob) ?? carried.find(({ area }) => area === reach.glob);
    if (!found) return [];
    const index = found.grant.in.indexOf(reach.glob);
    const from = `${found.grant.from}${index === -1 ? "" : `[${index}]`}`;
    return [{ from, glob: reach.glob, ...reachProblem(reach) }];
  });
}

/**
 * Where zot lets one glob win over another although a grant of the other one gives more: zot uses the longer one, or
 * either of two with the same length.
 */
function overlapProblems(access: Access): RuleProblem[] {
  const globs = globsOf(access);
  const found = globs.flatMap((winner) => {
    const rights = rightsIn(winner, access);
    return globs.flatMap((loser): Overlap[] => {
      const lost = access.grants.find(
        (grant) =>
          grant.in.includes(loser) &&
          !isExcepted(grant, winner, loser) &&
          !covers(rights, grant, givenIn(winner, grant, access.caches)),
      );
      if (!lost) return [];
      const repository = contested(winner, loser, globs);
      return repository === undefined ? [] : [{ winner, loser, repository, lost }];
    });
  });
  // Two globs with the same length may each take rights from the other: that is one problem.
  const isTold = ({ winner, loser }: Overlap, index: number) =>
    found.slice(0, index).some((other) => other.winner === loser && other.loser === winner);
  return found.filter((overlap, index) => !isTold(overlap, index)).map(overlapProblem);
}

/**
 * A repository that both match, where the winner decides, by its length or by chance; none if the loser contains the
 * winner.
 */
function contested(winner: string, loser: string, globs: readonly string[]): string | undefined {
  if (globLength(loser) > globLength(winner) || globContains(loser, winner)) return undefined;
  return commonRepository(
    [winner, loser],
    globs.filter((glob) => globLength(glob) > globLength(winner)),
  );
}

/** Whether a grant's own exception excludes what another of its globs matches too. */
function isExcepted({ except = [] }: Grant, winner: string, loser: string): boolean {
  return except.some((glob) => globLength(glob) > globLength(loser) && globContains(glob, winner));
}

interface Overlap {
  readonly winner: string;
  readonly loser: string;
  /** One that both match. */
  readonly repository: string;
  /** The rights of the loser that the winner lacks. */
  readonly lost: Grant;
}

/** Whether an area already has a grant's rights. */
function covers(rights: Rights, { to }: Grant, given: readonly Verb[]): boolean {
  const all = verbsOf(rights, AUTHENTICATED);
  return holdersOf(to).every((holder) => {
    const own = verbsOf(rights, holder);
    return given.every((verb) => own.includes(verb) || (holder.kind !== "anonymous" && all.includes(verb)));
  });
}

function overlapProblem({ winner, loser, repository, lost: { from, in: globs } }: Overlap): RuleProblem {
  const inner = globContains(winner, loser);
  const tie = globLength(winner) === globLength(loser);
  return {
    from: `${from}[${globs.indexOf(loser)}]`,
    glob: loser,
    problem:
      `and ${winner} both match ${repository}, where zot lets ${tie ? "either of two globs of the same length, at random," : "the longer one"} ` +
      `decide alone${tie ? "" : `, which is ${winner}`}: what ${from} gives there would be lost`,
    fix: inner
      ? `write ${longerThan(winner, loser)}, which zot matches in the same way and prefers`
      : `write globs that match no repository together, or list ${loser} and ${winner} in both places`,
  };
}

/** The same glob, in a longer spelling: `{a/b,a/b}`. */
function longerThan(other: string, glob: string): string {
  let longer = `{${glob},${glob}}`;
  while (globLength(longer) <= globLength(other)) longer = `${longer.slice(0, -1)},${glob}}`;
  return longer;
}
