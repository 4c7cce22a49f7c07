import { type Login, loginsOf } from "../logins";
import { textAt, type Tree, treeAt } from "../read";
import type { Consequence, Intent } from "./types";

export function logins(host: Tree, desired: Tree, intent: Intent): Consequence[] {
  const [before, after] = [loginsOf(host), loginsOf(desired)];
  const twin = (list: readonly Login[], { kind, name }: Login) =>
    list.find((other) => other.kind === kind && other.name === name);
  const lost = before.flatMap((login): Consequence[] => {
    const now = twin(after, login);
    const base = { kind: "loseLogins", sign: "loss", who: loginName(login) } as const;
    if (!now)
      return [
        { ...base, text: `nobody can log in by ${loginName(login)} any more (${login.detail || "on"})` },
      ];
    const { detail } = login;
    if (!sameDetail(now.detail, detail)) {
      const text = `logins by ${loginName(login)} change from ${detail || "nothing"} to ${now.detail || "nothing"}: who could log in before cannot`;
      return [{ ...base, text }];
    }
    const differ = changedIn(login, now);
    if (differ.length === 0) return [];
    const text = `logins by ${loginName(login)} change in ${differ.join(", ")}: who could log in before may not be able to, or not be in the same groups`;
    return [{ ...base, text }];
  });
  const gained = after
    .filter((login) => !twin(before, login))
    .map((login): Consequence => ({
      sign: "gain",
      who: loginName(login),
      text: `people can log in by ${loginName(login)}${login.detail === "" ? "" : ` (${login.detail})`}`,
    }));
  return [...lost, ...gained, ...closed(before, intent), ...names(host, desired)];
}

/** Only people who log in through the issuer today can lose that. */
function closed(before: readonly Login[], { closesLogin = false, groups = [] }: Intent): Consequence[] {
  if (!closesLogin || !before.some(({ kind }) => kind === "provider")) return [];
  return [
    {
      kind: "loseLogins",
      sign: "loss",
      who: "everybody that Authentik knows",
      text:
        `only members of ${groups.join(", ")} can log in: nobody is bound to the application in Authentik so far, so everybody can ` +
        "(access.login: everybody keeps that)",
    },
  ];
}

/** Names of the settings that decide whom two logins let in. */
export function changedIn({ meaning: before }: Login, { meaning: after }: Login): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter(
    (name) => before.get(name) !== after.get(name),
  );
}

function sameDetail(left: string, right: string): boolean {
  return left.trim() === right.trim();
}

function loginName({ kind, name }: Login): string {
  return kind === "provider" ? `the provider ${name}` : name;
}

/** The claim for usernames: rules and keys use that name. */
function names(host: Tree, desired: Tree): Consequence[] {
  const provider = (config: Tree) => treeAt(config, "http", "auth", "openid", "providers", "oidc");
  const [before, after] = [provider(host), provider(desired)];
  if (!before || !after) return [];
  return (["username", "groups"] as const).flatMap((claim): Consequence[] => {
    const standard = claim === "username" ? "email" : "groups";
    const [old = standard, next = standard] = [before, after].map((each) =>
      textAt(each, "claimMapping", claim),
    );
    if (old === next) return [];
    return [
      {
        sign: "neutral",
        who: "names of people",
        text:
          claim === "username"
            ? `people's user names are their claim ${next} instead of ${old}: keys that they made keep the old name`
            : `people's groups are those of the claim ${next} instead of ${old}`,
      },
    ];
  });
}
