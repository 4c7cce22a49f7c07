import { z } from "zod";
import { foldersOnHost, type Mounted } from "./container";
import { type Consequence, consequences, dangersOf } from "../zot/config/consequences";
import { conflictsOf } from "../zot/config/conflicts";
import { canonical, parseConfig, type Tree } from "../zot/config/read";
import { hasRevision, withoutRevision } from "./revision";
import type { DesiredHost } from "./types";

const action = z.enum(["read", "create", "update", "delete", "detectManifestCollision"]);
const policy = z.object({
  users: z.array(z.string()).optional(),
  groups: z.array(z.string()).optional(),
  actions: z.array(action),
});
const repository = z.object({
  anonymouspolicy: z.array(action).optional(),
  defaultpolicy: z.array(action).optional(),
  policies: z.array(policy).optional(),
});
/** Mistakes that `zot verify` accepts (measured): unknown actions, an invalid issuer or URL. */
const checked = z.object({
  storage: z.object({ rootdirectory: z.string().min(1) }),
  http: z.object({
    externalurl: z.url({ protocol: /^https?$/ }),
    auth: z.object({
      apikey: z.literal(true),
      openid: z.object({
        providers: z.object({
          oidc: z.object({ issuer: z.url({ protocol: /^https?$/ }), credentialsfile: z.string() }),
        }),
      }),
    }),
    accesscontrol: z.object({
      repositories: z.record(z.string(), repository),
      adminpolicy: policy.optional(),
    }),
  }),
});

/** The desired config would do harm, or zot would misread it. Nothing was sent to the host. */
export class HostDangerError extends Error {
  override readonly name = "HostDangerError";
  constructor(
    readonly problems: string[],
    /** Other consequences of the change. */
    readonly others: string[] = [],
  ) {
    const lines = (texts: string[]) => texts.map((text) => `  - ${text}`).join("\n");
    super(
      `the host was not changed:\n${lines(problems)}` +
        (others.length > 0 ? `\nWhat else the change would mean:\n${lines(others)}` : ""),
    );
  }
}

/**
 * Refuses what zot would misread, and what would do harm unless the settings allow it by name.
 *
 * @param observed The host's config, if known.
 * @param places The mounts by which either config finds its folders, if zot runs in a container.
 * @returns the consequences for people, clients and data.
 * @throws HostDangerError with all problems at once.
 */
export function refuseDangers(desired: DesiredHost, observed?: Tree, places: Places = {}): Consequence[] {
  // Client and credentials have no effect on it.
  const question = JSON.stringify([
    desired.config,
    desired.expectedVersion,
    desired.allow,
    desired.intent,
    observed,
    places,
  ]);
  const known = answers.get(question);
  if (known) return known;
  const found = judged(desired, observed, places);
  if (answers.size >= MOST_ANSWERS) answers.clear();
  answers.set(question, found);
  return found;
}

/**
 * One run compares the same configs several times: before anything is declared, for the preview, and when the client
 * is known.
 */
const answers = new Map<string, Consequence[]>();
const MOST_ANSWERS = 4;

function judged(desired: DesiredHost, observed: Tree | undefined, places: Places): Consequence[] {
  const config = parseConfig(desired.config, "json");
  const version = desired.expectedVersion ?? "2.1.20";
  const misread = checked.safeParse(canonical(config));
  const problems = [
    ...(misread.error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`),
    ...conflictsOf(config, version).map(({ path, problem, fix }) => `${path.join(".")} ${problem}; ${fix}`),
  ];
  if (problems.length > 0) throw new HostDangerError(problems);
  const found = observed === undefined ? [] : changes(observed, config, { desired, places, version });
  const all = [
    ...found,
    ...dangersOf(config).filter(({ kind }) => !found.some((other) => other.kind === kind)),
  ];
  const isRefused = ({ kind }: Consequence) => kind !== undefined && !(desired.allow ?? []).includes(kind);
  if (all.some(isRefused)) {
    throw new HostDangerError(
      all.filter(isRefused).map(({ kind = "", text }) => `${text}; to allow it, set zot.allow: [${kind}]`),
      all.filter((each) => !isRefused(each)).map(({ text }) => text),
    );
  }
  return all;
}

interface Places {
  readonly before?: Mounted | undefined;
  readonly after?: Mounted | undefined;
}

interface Change {
  readonly desired: DesiredHost;
  readonly places: Places;
  readonly version: string;
}

function changes(
  observed: Tree,
  config: Tree,
  { desired: { intent }, places: { after, before }, version: zotVersion }: Change,
): Consequence[] {
  const was = withoutRevision(observed);
  // If there is no container yet, zot may have run without one.
  const old = before ? foldersOnHost(was, before) : foldersOnHost(was, after, (folder) => folder);
  return consequences(old, foldersOnHost(config, after), {
    ...intent,
    zotVersion,
    adopting: !hasRevision(observed),
  });
}
