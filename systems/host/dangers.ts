import { z } from "zod";
import { decide } from "../zot/decide";
import type { Danger, DesiredHost } from "./types";

const action = z.enum(["read", "create", "update", "delete", "detectManifestCollision"]);
const policy = z.object({
  users: z.array(z.string()).optional(),
  groups: z.array(z.string()).optional(),
  actions: z.array(action),
});
const repository = z.object({
  anonymousPolicy: z.array(action).optional(),
  defaultPolicy: z.array(action).optional(),
  policies: z.array(policy).optional(),
});
/** What `zot verify` lets through although it is wrong (facts/zot.md): unknown actions, an issuer or URL that is none. */
const checked = z.object({
  storage: z.object({ rootDirectory: z.string().min(1) }),
  http: z.object({
    externalUrl: z.url({ protocol: /^https?$/ }),
    auth: z.object({
      apikey: z.literal(true),
      openid: z.object({
        providers: z.record(
          z.string(),
          z.object({ issuer: z.url({ protocol: /^https?$/ }), credentialsFile: z.string() }),
        ),
      }),
    }),
    accessControl: z.object({
      repositories: z.record(z.string(), repository),
      adminPolicy: policy.optional(),
    }),
  }),
});
type Checked = z.infer<typeof checked>;
const stored = z.object({ storage: z.object({ rootDirectory: z.string() }) });

/** The desired config would harm, or zot would misread it. Nothing was sent to the host. */
export class HostDangerError extends Error {
  override readonly name = "HostDangerError";
  constructor(readonly problems: string[]) {
    super(`the host is left alone:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`);
  }
}

const WRITES = ["create", "update", "delete"] as const;

/** A name that only the most general glob matches. */
const ANY = "zot-access-any/repository";

function administrators(config: Checked): string[] {
  const { repositories, adminPolicy } = config.http.accessControl;
  const policies = [adminPolicy, ...(repositories["**"]?.policies ?? [])];
  return policies
    .filter((each) => each !== undefined)
    .filter(({ actions }) => (["read", ...WRITES] as const).every((each) => actions.includes(each)))
    .flatMap(({ users = [], groups = [] }) => [...users.map((user) => `user ${user}`), ...groups]);
}

function accessDangers({ http }: Checked): [Danger, string][] {
  const { accessControl } = http;
  const anonymous = { groups: [] };
  // A concrete name cannot be had from a glob, so the policies themselves are asked, and decide() for all other names.
  const globs = Object.entries(accessControl.repositories);
  const closed = globs
    .filter(([, { anonymousPolicy = [] }]) => !anonymousPolicy.includes("read"))
    .map(([glob]) => glob);
  if (!decide(accessControl, anonymous, ANY, "read")) closed.push("everything else");
  const open = globs
    .filter(([, { anonymousPolicy = [] }]) => WRITES.some((each) => anonymousPolicy.includes(each)))
    .map(([glob]) => glob);
  if (WRITES.some((each) => decide(accessControl, anonymous, ANY, each))) open.push("everything else");
  return [
    ...(closed.length > 0
      ? [
          [
            "lockOutAnonymousPull",
            `anonymous pulls would be refused from ${[...new Set(closed)].join(", ")}`,
          ] as [Danger, string],
        ]
      : []),
    ...(open.length > 0
      ? [["openAnonymousPush", `anybody could write to ${[...new Set(open)].join(", ")}`] as [Danger, string]]
      : []),
  ];
}

/**
 * Refuses what zot would misread, and what would harm unless the settings allow it by name.
 *
 * @param observed Text of the host's config, where it is known.
 * @throws HostDangerError with all problems at once.
 */
export function refuseDangers(desired: DesiredHost, observed?: string): void {
  const parsed = checked.safeParse(JSON.parse(desired.config));
  if (!parsed.success) {
    throw new HostDangerError(
      parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`),
    );
  }
  const config = parsed.data;
  const dangers = accessDangers(config);
  if (administrators(config).length === 0) {
    dangers.push(["dropAdmins", "nobody could delete or overwrite any more"]);
  }
  const folder = observed === undefined ? undefined : storageFolder(observed);
  if (folder !== undefined && folder !== config.storage.rootDirectory) {
    dangers.push([
      "moveStorage",
      `storage would move from ${folder} to ${config.storage.rootDirectory}, which leaves all images behind`,
    ]);
  }
  const refused = dangers.filter(([danger]) => !(desired.allow ?? []).includes(danger));
  if (refused.length > 0) {
    throw new HostDangerError(
      refused.map(([danger, text]) => `${text}; the setting that allows it is '${danger}'`),
    );
  }
}

function storageFolder(text: string): string | undefined {
  try {
    return stored.parse(JSON.parse(text)).storage.rootDirectory;
  } catch {
    return undefined; // a config that zot itself could not read names no folder
  }
}
