import { cacheReaches, reachProblem } from "../systems/zot/cache-reach";
import { cacheGlobs } from "../systems/zot/config/caches";
import { clusterChecks } from "./cluster-checks";
import { OIDC_CALLBACK_PATH } from "./derived";
import { formatPath, type Problem } from "./problems";
import type { Parsed } from "./schema";
import { withoutSecrets } from "./zot-config";
import { secretNameProblem } from "./secret-name";
import { mountProblems } from "../systems/host/container";
import type { Service } from "../systems/host/types";
import { textAt } from "../systems/zot/config/read";
import { IN_CLEAR, isSentInClear } from "../systems/http/loopback";

/** Problems that only show when settings are held against each other. */
export function crossChecks(namespace: string, parsed: Parsed): Problem[] {
  const at = (...path: PropertyKey[]) => formatPath(namespace, path);
  return [
    ...tiers(parsed, at),
    ...pushesIntoCaches(parsed, at),
    ...plainHttp(parsed, at),
    ...rootService(parsed, at),
    ...ownUser(parsed, at),
    ...containers(parsed, at),
    ...redirects(parsed, at),
    ...issuer(parsed, at),
    ...renewal(parsed, at),
    ...secretNames(parsed, at),
    ...repeated(parsed, at),
    ...clusterChecks(parsed, at),
  ];
}

type At = (...path: PropertyKey[]) => string;

function tiers({ access }: Parsed, at: At): Problem[] {
  if (!access) return [];
  const members = [
    ...access.admins.map((group) => ({ group, tier: "admins" })),
    { group: access.writers, tier: "writers" },
    ...access.readers.map((group) => ({ group, tier: "readers" })),
  ];
  return members.flatMap(({ group, tier }, index) => {
    const first = members.slice(0, index).find((other) => other.group === group);
    return first
      ? [
          {
            path: at("access", tier),
            problem: `lists the group ${group}, which ${first.tier} lists already`,
            fix: "leave it in one tier: a group's rights are those of one tier, never a mixture",
          },
        ]
      : [];
  });
}

function pushesIntoCaches({ access, zot }: Parsed, at: At): Problem[] {
  const globs = access?.pushRepositories ?? [];
  return cacheReaches(globs, cacheGlobs(withoutSecrets(zot?.config ?? {}))).map((reach) => ({
    path: at("access", "pushRepositories", globs.indexOf(reach.glob)),
    ...reachProblem(reach),
  }));
}

function plainHttp({ registryUrl }: Parsed, at: At): Problem[] {
  if (registryUrl === undefined || !isSentInClear(registryUrl)) return [];
  return [
    {
      path: at("registryUrl"),
      problem:
        "is plain http, by which the keys of CI and clusters can be read on the way, and nobody can log in: zot's login cookie is for " +
        "https alone",
      fix: "put a reverse proxy with TLS before zot and write its https address",
    },
  ];
}

function rootService({ service }: Parsed, at: At): Problem[] {
  if (service?.manager !== "systemd" || service.scope !== "system" || !service.manage) return [];
  return [
    {
      path: at("service", "manage"),
      problem: "would make a system unit, which runs zot as root",
      fix: "use the SSH user's own units (scope: user), or leave the unit to whoever owns it (manage: false)",
    },
  ];
}

/** A service of the SSH user's own runs as nobody else. */
function ownUser({ host, service }: Parsed, at: At): Problem[] {
  if (host?.runAs === undefined || host.runAs === host.user || !service) return [];
  if (service.manager === "command" || (service.manager === "systemd" && service.scope === "system"))
    return [];
  return [
    {
      path: at("host", "runAs"),
      problem: `is ${host.runAs}, and the service is one of ${host.user}'s own, which runs as ${host.user}`,
      fix: "name a system unit (scope: system, manage: false), or a command that restarts zot",
    },
  ];
}

/** zot is run by a file of the host or by a container, and that container sees what a deploy writes. */
function containers({ host, service, zot }: Parsed, at: At): Problem[] {
  if (!host) return [];
  const { configFile, configFolder, container, zotBinary } = host;
  if (!container) {
    return zotBinary !== undefined
      ? []
      : [
          {
            path: at("host", "zotBinary"),
            problem: "is missing",
            fix: "write the zot executable, or host.container where zot runs in one",
          },
        ];
  }
  const path = at("host", "container");
  const both = {
    path: at("host", "zotBinary"),
    problem: "stands beside host.container",
    fix: "leave one of them out",
  };
  const launchd = {
    path,
    problem: "stands beside a LaunchAgent",
    fix: "name the command that restarts the container (service.manager: command)",
  };
  const layout = { configFolder, container, ...(configFile !== undefined && { configName: configFile }) };
  const placed = service && {
    ...layout,
    service: service.manager === "command" ? { ...service, manage: false as const } : (service as Service),
  };
  const root = zot?.config && textAt(withoutSecrets(zot.config), "storage", "rootDirectory");
  return [
    ...(zotBinary === undefined ? [] : [both]),
    ...(service?.manager === "launchd" ? [launchd] : []),
    ...(placed
      ? mountProblems(placed, root).map((each) => ({ path: at("host", "container", "mounts"), ...each }))
      : []),
  ];
}

function redirects({ registryUrl, oidc }: Parsed, at: At): Problem[] {
  if (registryUrl === undefined) return [];
  return (oidc?.redirectUrls ?? []).flatMap((redirect, index) =>
    redirect === registryUrl || redirect.startsWith(`${registryUrl}/`)
      ? []
      : [
          {
            path: at("oidc", "redirectUrls", index),
            problem: "does not belong to registryUrl",
            fix: `zot's own is ${registryUrl}${OIDC_CALLBACK_PATH}; leave redirectUrls out to use it`,
          },
        ],
  );
}

function issuer({ oidc }: Parsed, at: At): Problem[] {
  if (oidc?.issuer === undefined) return [];
  if (isSentInClear(oidc.issuer)) return [{ path: at("oidc", "issuer"), ...IN_CLEAR }];
  const usable = URL.canParse(oidc.issuer) && /^https?:$/.test(new URL(oidc.issuer).protocol);
  return usable
    ? []
    : [
        {
          path: at("oidc", "issuer"),
          problem: "is not a URL with a scheme",
          fix: "write it exactly as the discovery document has it, with its trailing slash, or leave it out",
        },
      ];
}

function renewal({ ciCredential }: Parsed, at: At): Problem[] {
  if (!ciCredential || ciCredential.renewAfterDays < ciCredential.lifetimeDays) return [];
  return [
    {
      path: at("ciCredential", "renewAfterDays"),
      problem: `is ${ciCredential.renewAfterDays}, not below lifetimeDays, which is ${ciCredential.lifetimeDays}`,
      fix: "renew before the key ends; the defaults are 60 of 90 days",
    },
  ];
}

function secretNames({ forgejo }: Parsed, at: At): Problem[] {
  return (["repositories", "organizations"] as const).flatMap((list) =>
    (forgejo?.[list] ?? []).flatMap(({ secrets }, index) => {
      const names = Object.keys(secrets);
      return names.flatMap((name, position) => {
        const path = at("forgejo", list, index, "secrets", name);
        return secretNameProblems(path, name, names.slice(0, position));
      });
    }),
  );
}

function secretNameProblems(path: string, name: string, earlier: readonly string[]): Problem[] {
  const problem = secretNameProblem(name);
  if (problem !== undefined) return [{ path, problem, fix: "choose another name" }];
  const twin = earlier.find((other) => other.toUpperCase() === name.toUpperCase());
  if (twin === undefined) return [];
  return [
    {
      path,
      problem: `is the same secret as ${twin}: Forgejo keeps names in upper case`,
      fix: "keep one of them",
    },
  ];
}

function repeated({ forgejo }: Parsed, at: At): Problem[] {
  const repositories = (forgejo?.repositories ?? []).map(({ owner, name }) =>
    `${owner ?? forgejo?.owner ?? ""}/${name}`.toLowerCase(),
  );
  const organizations = (forgejo?.organizations ?? []).map(({ name }) => name.toLowerCase());
  return [
    ...twins(
      repositories,
      (index) => at("forgejo", "repositories", index),
      "is the same repository as an earlier entry",
    ),
    ...twins(
      organizations,
      (index) => at("forgejo", "organizations", index),
      "is the same organisation as an earlier entry",
    ),
  ];
}

function twins(values: readonly string[], path: (index: number) => string, problem: string): Problem[] {
  return values.flatMap((value, index) =>
    values.indexOf(value) < index ? [{ path: path(index), problem, fix: "put both into one entry" }] : [],
  );
}
