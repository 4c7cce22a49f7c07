/** What differs between the servers and their versions, as far as the product meets it. */
export interface Flavour {
  /** As `GET /version` tells it. */
  readonly version: string;
  /** The words that a token may stand behind: `token` and `bearer`. */
  readonly schemes: "in any case" | "token in small letters";
  /** Whether a token may stand in the address, as `?token=`. */
  readonly tokenInAddress: boolean;
  /** Beginnings that names of Actions secrets may not have, whatever the case. */
  readonly secretPrefixes: RegExp;
  /** The same of Actions variables. */
  readonly variablePrefixes: RegExp;
  /** Bytes of the largest secret; undefined: none was refused. */
  readonly largestSecret: number | undefined;
  /** Whether a secret keeps the line ends that it was given. */
  readonly lineEnds: "kept" | "made LF";
  /** What page 0 of a list of secrets is, and a list without a page, whatever its limit. */
  readonly pageZero: "the whole list" | "the first page";
  /** Whether the list of jobs has its length in a header, too. */
  readonly jobsCounted: boolean;
  /** Whether a secret has a description. */
  readonly descriptions: boolean;
  /** What the old name of a repository is answered with. */
  readonly renamed: 301 | 307;
  /** A repository whose Actions are off. */
  readonly secretsWithoutActions: "served" | "404";
  /** What a push does to a running job of the same ref. */
  readonly push: "cancels the running job" | "leaves the running job";
  /** The key `concurrency` of a workflow, without cancel-in-progress. */
  readonly concurrency: "ignored" | "honoured";
  /** The answer to a job's own comment, which is written in any case. */
  readonly jobComment: 201 | 500;
  /** Whether a job may ask who it is, and list the repository's jobs. */
  readonly jobRights: "all reads" | "issues only";
  /** Comments of an issue that does not exist. */
  readonly unknownIssue: 404 | 500;
  /** The user that a job writes as. Its id is -2 everywhere. */
  readonly actionsUser: string;
}

/**
 * No release: what at least one of them refuses is refused, and nothing is added that only some do. What is right here is right
 * with each of the others, as far as one server can tell.
 */
const strictest: Flavour = {
  version: "15.0.0+gitea-1.22.0",
  schemes: "token in small letters",
  tokenInAddress: false,
  secretPrefixes: /^(FORGEJO|GITEA|GITHUB)_/i,
  variablePrefixes: /^(CI|FORGEJO_|GITEA_|GITHUB_)/i,
  largestSecret: undefined,
  lineEnds: "made LF",
  pageZero: "the first page",
  jobsCounted: false,
  descriptions: false,
  renamed: 307,
  secretsWithoutActions: "404",
  push: "leaves the running job",
  concurrency: "ignored",
  jobComment: 201,
  jobRights: "all reads",
  unknownIssue: 404,
  actionsUser: "forgejo-actions",
};

/**
 * `forgejo=9` was measured on 9.0-dev of November 2024 (docs/ci.md has the table of jobs), `gitea=1.26` on 1.26.0 (both in docs/conformance.md), but for what
 * jobs may do there. The others follow their release notes and
 * documentation in what is named here, and `strictest` in everything else.
 */
export const FLAVOURS = {
  strictest,
  "forgejo=9": {
    ...strictest,
    version: "9.0.3+gitea-1.22.0",
    tokenInAddress: true,
    secretPrefixes: /^(GITEA|GITHUB)_/i,
    variablePrefixes: /^(CI|GITEA_|GITHUB_)/i,
    lineEnds: "made LF",
    pageZero: "the whole list",
    secretsWithoutActions: "served",
    push: "cancels the running job",
    jobComment: 500,
    unknownIssue: 500,
  },
  "forgejo=11": {
    ...strictest,
    version: "11.0.0+gitea-1.22.0",
    pageZero: "the whole list",
    push: "cancels the running job",
  },
  "forgejo=15": { ...strictest, pageZero: "the whole list", concurrency: "honoured" },
  "gitea=1.26": {
    ...strictest,
    version: "1.26.0",
    schemes: "in any case",
    tokenInAddress: true,
    secretPrefixes: /^(CI$|GITEA_|GITHUB_)/i,
    variablePrefixes: /^(GITEA_|GITHUB_)/i,
    largestSecret: 65_536,
    descriptions: true,
    renamed: 301,
    secretsWithoutActions: "served",
    unknownIssue: 500,
    concurrency: "honoured",
    jobsCounted: true,
    jobRights: "issues only",
    actionsUser: "gitea-actions",
  },
} as const satisfies Readonly<Record<string, Flavour>>;

export type FlavourName = keyof typeof FLAVOURS;

const NAME = /^[A-Z_][A-Z0-9_]{0,254}$/i;

/** Source: Forgejo's `services/secrets/validation.go`, with the length that the database takes. */
export function isSecretName(name: string, { secretPrefixes }: Flavour): boolean {
  return NAME.test(name) && !secretPrefixes.test(name);
}

/** Source: the same, and `services/actions/variables.go`. */
export function isVariableName(name: string, { variablePrefixes }: Flavour): boolean {
  return NAME.test(name) && !variablePrefixes.test(name);
}
