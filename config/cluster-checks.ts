import { otherName } from "./problems";
import { objectName } from "./fields";
import type { Problem } from "./problems";
import type { Parsed } from "./schema";

type At = (...path: PropertyKey[]) => string;

/** Problems that only show when the clusters' settings are compared with each other and with the key's. */
export function clusterChecks(parsed: Parsed, at: At): Problem[] {
  return [
    ...pushers(parsed, at),
    ...derivedNames(parsed, at),
    ...repeatedSecrets(parsed, at),
    ...slowRefresh(parsed, at),
    ...itemTitle(parsed, at),
  ];
}

function pushers({ clusters, pushers: known }: Parsed, at: At): Problem[] {
  if (!known) return [];
  const names = Object.keys(known);
  return (clusters ?? []).flatMap(({ pusher }, index) => {
    if (names.includes(pusher)) return [];
    const path = at("clusters", index, "pusher");
    if (pusher !== "")
      return [
        { path, problem: `is ${pusher}, which is not among the pushers`, fix: otherName(pusher, names) },
      ];
    return names.length === 0
      ? [{ path, problem: "is missing, and there is no pusher", fix: "add one to pushers" }]
      : [
          {
            path,
            problem: "is missing, and there are several pushers",
            fix: `set it to one of ${names.join(", ")}`,
          },
        ];
  });
}

/** The schema checks a given name. A name derived from the slug may have characters that Kubernetes refuses. */
function derivedNames({ clusters }: Parsed, at: At): Problem[] {
  return (clusters ?? []).flatMap(({ secretName }, index) =>
    objectName.safeParse(secretName).success
      ? []
      : [
          {
            path: at("clusters", index, "secretName"),
            problem: `is derived from authentik.slug, and Kubernetes does not accept the name ${secretName}`,
            fix: "set secretName to one of a-z, 0-9 and -",
          },
        ],
  );
}

function repeatedSecrets({ clusters }: Parsed, at: At): Problem[] {
  const places = (clusters ?? []).flatMap(({ context, namespaces, secretName }, index) =>
    namespaces.map((namespace, position) => ({
      // Neither a namespace nor the name of a Secret contains a slash.
      place: `${context}/${namespace}/${secretName}`,
      path: at("clusters", index, "namespaces", position),
      secretName,
    })),
  );
  return places.flatMap(({ place, path, secretName }, index) =>
    places.findIndex((other) => other.place === place) < index
      ? [
          {
            path,
            problem: `gets the Secret ${secretName} twice in the same cluster`,
            fix: "remove the namespace from one of them, or give one another secretName",
          },
        ]
      : [],
  );
}

/** The operator may read 1Password just before a renewal, and then use the old key for one more interval. */
function slowRefresh({ pushers: known, clusters }: Parsed, at: At): Problem[] {
  return (clusters ?? []).flatMap(({ externalSecret, pusher }, index) => {
    const calendar = known?.[pusher];
    if (!calendar || externalSecret === undefined) return [];
    const { oldKey, graceHours, lifetimeDays, renewAfterDays } = calendar;
    const hours = { revoke: 0, grace: graceHours, expire: (lifetimeDays - renewAfterDays) * 24 }[oldKey];
    if (externalSecret.refreshMinutes < hours * 60) return [];
    return [
      {
        path: at("clusters", index, "externalSecret", "refreshMinutes"),
        problem:
          `is ${externalSecret.refreshMinutes} minutes, but a replaced key has a grace period of ${hours} h ` +
          `(pushers.${pusher}.oldKey: ${oldKey}): builders would push with a revoked key`,
        fix: "refresh more often, or give the old key a longer grace period: oldKey: grace, and graceHours above the interval",
      },
    ];
  });
}

/** Characters that 1Password accepts in a secret reference: https://developer.1password.com/docs/cli/secret-reference-syntax */
const REFERENCE = /^[A-Za-z0-9_. -]+$/;

function itemTitle({ pushers: known, clusters }: Parsed, at: At): Problem[] {
  const bySdk = (clusters ?? []).filter(
    ({ externalSecret }) => externalSecret?.storeProvider === "onepasswordSDK",
  );
  return [...new Set(bySdk.map(({ pusher }) => pusher))].flatMap((pusher) => {
    const title = known?.[pusher]?.itemTitle;
    if (title === undefined || REFERENCE.test(title)) return [];
    return [
      {
        path: at("pushers", pusher, "itemTitle"),
        problem: "cannot be referenced by a store of the kind onepasswordSDK",
        fix: "use only letters, digits, spaces and the characters - _ .",
      },
    ];
  });
}
