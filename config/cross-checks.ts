import { DESTRUCTIVE } from "../systems/zot/grants";
import { ruleProblems } from "../systems/zot/rules";
import { clusterChecks } from "./cluster-checks";
import { noteTitle, OIDC_CALLBACK_PATH } from "./derived";
import { userName } from "./fields";
import { parsedAccess } from "./grants";
import { formatPath, otherName, type Problem } from "./problems";
import type { Parsed, Pusher } from "./schema";
import { differsOnlyBy, takenAccount, takenGroup } from "./reserved-names";
import { secretNameProblem } from "./secret-name";
import { withoutSecrets } from "./zot-config";
import { mountProblems } from "../systems/host/container";
import type { Service } from "../systems/host/types";
import { storageFolders } from "../systems/zot/config/storage";
import { IN_CLEAR, isSentInClear } from "../systems/http/loopback";

/** Problems that only show when settings are compared with each other. */
export function crossChecks(namespace: string, parsed: Parsed): Problem[] {
  const at = (...path: PropertyKey[]) => formatPath(namespace, path);
  return [
    ...logins(parsed, at),
    ...namesOfPushers(parsed, at),
    ...pusherChecks(parsed, at),
    ...overlaps(namespace, parsed),
    ...plainHttp(parsed, at),
    ...rootService(parsed, at),
    ...ownUser(parsed, at),
    ...containers(parsed, at),
    ...redirects(parsed, at),
    ...issuer(parsed, at),
    ...secretNames(parsed, at),
    ...keysOfNobody(parsed, at),
    ...repeated(parsed, at),
    ...clusterChecks(parsed, at),
  ];
}

type At = (...path: PropertyKey[]) => string;

/** In Authentik an application without bindings is open to all users. */
function logins({ access, pushers }: Parsed, at: At): Problem[] {
  if (!access || !pushers || access.login === "everybody") return [];
  if (access.roles.length > 0 || Object.keys(pushers).length > 0) return [];
  return [
    {
      path: at("access", "roles"),
      problem: "is empty, and there is no pusher: every user of Authentik could log in",
      fix:
        'name the groups that may log in, for instance {groups: [admins], may: [pull, push, overwrite, delete], in: ["**"]}, ' +
        "or set access.login: everybody",
    },
  ];
}

function namesOfPushers({ oidc, pushers }: Parsed, at: At): Problem[] {
  if (oidc?.usernameClaim !== "email" || Object.keys(pushers ?? {}).length === 0) return [];
  return [
    {
      path: at("oidc", "usernameClaim"),
      problem: "is email, but pushers are service accounts without an email: zot would refuse their logins",
      fix: "remove it (default: preferred_username); user-made keys keep the old name, so ask their owners to make new ones",
    },
  ];
}

/** Grants that zot's rules cannot express, each with the path of its setting. */
function overlaps(namespace: string, parsed: Parsed): Problem[] {
  const access = parsedAccess(parsed);
  if (!access) return [];
  return ruleProblems(access).map(({ from, glob, problem, fix }) => ({
    path: `${namespace}:${from}`,
    problem: `(${glob}) ${problem}`,
    fix,
  }));
}

function pusherChecks({ access, pushers }: Parsed, at: At): Problem[] {
  const all = Object.values(pushers ?? {});
  return all.flatMap((pusher, index) => {
    const { name } = pusher;
    const earlier = all.slice(0, index);
    return [
      ...nameProblems(name, at),
      ...sharedName(pusher, earlier, access, at),
      ...sharedGroup(pusher, earlier, access, at),
      ...sharedItem(pusher, earlier, at),
      ...sharedKey(pusher, earlier, at),
      ...unallowed(pusher, at),
      ...renewal(pusher, at),
    ];
  });
}

function nameProblems(name: string, at: At): Problem[] {
  const path = at("pushers", name);
  const fix = "choose another name";
  const { error } = userName.safeParse(name);
  if (error) {
    const problem = name === "" ? "is empty" : (error.issues[0]?.message ?? "cannot be used");
    return [{ path, problem: `is not the name of an account: it ${problem}`, fix }];
  }
  const taken = takenAccount(name);
  return taken === undefined ? [] : [{ path, problem: taken, fix: `${fix}, such as that of its pipeline` }];
}

/** zot identifies a pusher by its group: two accounts with one group have each other's rights. */
function sharedGroup(
  { name, group }: Pusher,
  earlier: readonly Pusher[],
  access: Parsed["access"],
  at: At,
): Problem[] {
  const path = at("pushers", name, "group");
  const taken = takenGroup(group);
  if (taken !== undefined) return [{ path, problem: taken, fix: "remove group, or choose another" }];
  const others = [
    ...earlier.map((each) => ({ whose: `pushers.${each.name}`, groups: [each.group] })),
    ...(access?.roles ?? []).map(({ groups }, index) => ({ whose: `access.roles[${index}]`, groups })),
  ];
  const other = others.find(({ groups }) => groups.includes(group));
  if (other)
    return [
      {
        path,
        problem: `is ${group}, which ${other.whose} has too: each would have the other's rights`,
        fix: "remove group, or use a group that nothing else has; to let the pusher pull more, use its pull",
      },
    ];
  // zot and Authentik keep them apart (slices.Contains in zot's pkg/api/authz.go), people do not.
  const [like] = others.flatMap(({ whose, groups }) =>
    groups.flatMap((each) => {
      const by = differsOnlyBy(group, each);
      // Of a name that stands for both, the name is said.
      return by === undefined || (group === name && whose === `pushers.${each}`) ? [] : [{ by, whose }];
    }),
  );
  return like
    ? [
        {
          path,
          problem: `is ${group}, which differs from a group of ${like.whose} by ${like.by}: whoever adds a member takes one for the other`,
          fix: "remove group, or choose another",
        },
      ]
    : [];
}

/** Authentik's login compares the username without case; zot gives a user's rights to whoever logs in with that name. */
function sharedName(
  { name }: Pusher,
  earlier: readonly Pusher[],
  access: Parsed["access"],
  at: At,
): Problem[] {
  const users = access?.users.map((entry) => entry.users) ?? [];
  const same = users.findIndex((names) => names.includes(name));
  const path = at("pushers", name);
  const others = [
    ...earlier.map((each) => ({ whose: `pushers.${each.name}`, names: [each.name] })),
    ...users.map((names, index) => ({ whose: `a user of access.users[${index}]`, names })),
  ];
  const [like] = others.flatMap(({ names, whose }) =>
    names.flatMap((each) => {
      const by = differsOnlyBy(name, each);
      return by === undefined ? [] : [{ by, whose }];
    }),
  );
  return [
    ...(like
      ? [
          {
            path,
            problem: `differs from ${like.whose} by ${like.by}: Authentik's login would take one for the other`,
            fix: "choose another name",
          },
        ]
      : []),
    ...(same === -1
      ? []
      : [
          {
            path,
            problem: `is also a user of access.users[${same}]: each would have the other's rights`,
            fix: "choose another name, or take the user out there; to let the pusher pull more, use its pull",
          },
        ]),
  ];
}

function sharedItem({ name, itemTitle }: Pusher, earlier: readonly Pusher[], at: At): Problem[] {
  const isTitle = (title: string) => title.toLowerCase() === itemTitle.toLowerCase();
  const own = earlier.find((each) => isTitle(each.itemTitle));
  const other =
    own ??
    earlier.find(
      (each) =>
        isTitle(noteTitle(each.itemTitle)) ||
        noteTitle(itemTitle).toLowerCase() === each.itemTitle.toLowerCase(),
    );
  if (!other) return [];
  return [
    {
      path: at("pushers", name, "itemTitle"),
      problem: own
        ? `is that of pushers.${other.name}: an item holds one key`
        : `and that of pushers.${other.name} are the titles of a key's item and of the note beside it`,
      fix: "choose another title, or remove it",
    },
  ];
}

/** A key belongs to one account. */
function sharedKey({ from, name }: Pusher, earlier: readonly Pusher[], at: At): Problem[] {
  const keyOf = (secret: Pusher["from"]) =>
    secret?.kind === "reference" ? JSON.stringify(secret.reference).toLowerCase() : secret?.value;
  const other = from && earlier.find((each) => keyOf(each.from) === keyOf(from));
  if (!other) return [];
  return [
    {
      path: at("pushers", name, "from"),
      problem: `is the key that pushers.${other.name} adopts: a key belongs to one account`,
      fix: "remove from where the key is another's: a new one is minted",
    },
  ];
}

function unallowed({ name, may, allow }: Pusher, at: At): Problem[] {
  const missing = DESTRUCTIVE.filter((verb) => may.includes(verb) && !allow.some((each) => each === verb));
  if (missing.length === 0) return [];
  return [
    {
      path: at("pushers", name, "may"),
      problem: `has ${missing.join(" and ")}, with which a leaked key can change released images`,
      fix: `remove ${missing.length === 1 ? "it" : "them"}, or set allow: [${[...allow, ...missing].join(", ")}]`,
    },
  ];
}

function keysOfNobody({ forgejo, pushers }: Parsed, at: At): Problem[] {
  if (!pushers) return [];
  const names = Object.keys(pushers);
  return (["repositories", "organizations"] as const).flatMap((list) =>
    (forgejo?.[list] ?? []).flatMap(({ secrets }, index) =>
      Object.entries(secrets).flatMap(([secret, source]) =>
        source.kind !== "key" || names.includes(source.pusher)
          ? []
          : [
              {
                path: at("forgejo", list, index, "secrets", secret),
                problem: `asks for the key of ${source.pusher}, which is not among the pushers`,
                fix: otherName(source.pusher, names),
              },
            ],
      ),
    ),
  );
}

function plainHttp({ registryUrl }: Parsed, at: At): Problem[] {
  if (registryUrl === undefined || !isSentInClear(registryUrl)) return [];
  return [
    {
      path: at("registryUrl"),
      problem:
        "is plain http: the keys of CI and clusters would be sent in clear, and nobody can log in, because zot's login cookie needs " +
        "https",
      fix: "put a reverse proxy with TLS in front of zot, and write its https address",
    },
  ];
}

function rootService({ service }: Parsed, at: At): Problem[] {
  if (service?.manager !== "systemd" || service.scope !== "system" || !service.manage) return [];
  return [
    {
      path: at("service", "manage"),
      problem: "would create a system unit, which runs zot as root",
      fix: "use a user unit (scope: user), or set manage: false if another tool owns the unit",
    },
  ];
}

/** A user unit or LaunchAgent runs as the SSH user. */
function ownUser({ host, service }: Parsed, at: At): Problem[] {
  if (host?.runAs === undefined || host.runAs === host.user || !service) return [];
  if (service.manager === "command" || (service.manager === "systemd" && service.scope === "system"))
    return [];
  return [
    {
      path: at("host", "runAs"),
      problem: `is ${host.runAs}, but the service belongs to ${host.user} and runs as ${host.user}`,
      fix: "use a system unit (scope: system, manage: false), or a command that restarts zot",
    },
  ];
}

/** zot runs from a binary of the host or in a container, which must mount what a deploy writes. */
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
            fix: "set it to the path of the zot executable, or set host.container if zot runs in a container",
          },
        ];
  }
  const path = at("host", "container");
  const both = {
    path: at("host", "zotBinary"),
    problem: "cannot be combined with host.container",
    fix: "remove one of them",
  };
  const launchd = {
    path,
    problem: "cannot be combined with a LaunchAgent",
    fix: "use the command that restarts the container (service.manager: command)",
  };
  const layout = { configFolder, container, ...(configFile !== undefined && { configName: configFile }) };
  const placed = service && {
    ...layout,
    service: service.manager === "command" ? { ...service, manage: false as const } : (service as Service),
  };
  const folders = zot?.config ? storageFolders(withoutSecrets(zot.config)) : [];
  return [
    ...(zotBinary === undefined ? [] : [both]),
    ...(service?.manager === "launchd" ? [launchd] : []),
    ...(placed
      ? mountProblems(placed, folders).map((each) => ({ path: at("host", "container", "mounts"), ...each }))
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
            fix: `remove redirectUrls to use the one of zot: ${registryUrl}${OIDC_CALLBACK_PATH}`,
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
          fix: "write it exactly as in the discovery document, with its trailing slash, or remove it",
        },
      ];
}

function renewal({ name, lifetimeDays, renewAfterDays }: Pusher, at: At): Problem[] {
  if (renewAfterDays < lifetimeDays) return [];
  return [
    {
      path: at("pushers", name, "renewAfterDays"),
      problem: `is ${renewAfterDays}, but must be below lifetimeDays, which is ${lifetimeDays}`,
      fix: "renew the key before it expires; the defaults are 60 and 90 days",
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
