import { z } from "zod";
import { startAuthentik } from "../../../rehearsal/authentik";
import { type Release, RELEASES } from "../../../rehearsal/authentik/flavours";
import { KINDS } from "../../../rehearsal/real/objects";
import { AuthentikApi } from "../../../systems/authentik/api";
import { StatusError } from "../../../systems/http/errors";
import { pathOf } from "../../../systems/http/path";
import type { Side } from "../ask";
import { CLIENT_FACTS } from "../facts/authentik-client";
import { DIRECTORY_FACTS } from "../facts/authentik-directory";
import { KNOWN_OF_AUTHENTIK, NEVER_OF_AUTHENTIK } from "../facts/known";
import { routeOf, send } from "./asking";
import { newestUpTo, needed } from "./releases";
import type { ComparedSystem } from "../system";

const STAND_IN_TOKEN = "conform-stand-in";
const PEER = { name: "Authentik", setting: "--authentik" };
const api = (url: string, token: string) =>
  new AuthentikApi(url, token, { from: { address: PEER.setting, token: "AUTHENTIK_TOKEN" } });

const side = (name: string, url: string, token: string, flavour: string): Side => ({
  name,
  url: url.replace(/\/+$/, ""),
  base: "/api/v3/",
  authorization: `Bearer ${token}`,
  flavour,
});

export const AUTHENTIK_COMPARED: ComparedSystem = {
  name: "Authentik",
  option: "authentik",
  facts: [...DIRECTORY_FACTS, ...CLIENT_FACTS],
  known: KNOWN_OF_AUTHENTIK,
  never: NEVER_OF_AUTHENTIK,
  unasked: {},
  flavours: RELEASES,
  async open(url, environment) {
    const token = needed(environment, "AUTHENTIK_TOKEN");
    const told = z.looseObject({ version_current: z.string() });
    const answer = await api(url, token).find("admin/version/", told, "a version");
    if (!answer) throw new Error(`${url} has no API of Authentik; give its base address`);
    const version = answer.version_current;
    return {
      server: "Authentik",
      version,
      side: side(`Authentik ${version}`, url, token, newestUpTo(version, RELEASES)),
    };
  },
  async standIn(flavour) {
    const release = RELEASES.find((each) => each === flavour) as Release;
    const authentik = await startAuthentik({
      bootstrapToken: STAND_IN_TOKEN,
      release,
      withoutSecondFactor: "skip",
    });
    return {
      side: side("the stand-in", authentik.url, STAND_IN_TOKEN, flavour),
      routes: authentik.routes.map(routeOf),
      stop: () => authentik.stop(),
    };
  },
  async cleanUp(there, prefix) {
    const left: string[] = [];
    for (const [path, { name, key }] of Object.entries(KINDS)) {
      for (const each of await named(there, path, name, prefix)) {
        if (path === "core/users/") left.push(...(await removeRoleOf(there, each.pk)));
        const status = await remove(there, path + pathOf(String(each[key])).slice(1) + "/");
        if (![204, 404].includes(status)) left.push(`${path}${String(each[key])}`);
      }
    }
    return left;
  },
};

/** Authentik gives whoever makes a token a role of their own, which stays when they are deleted. */
async function removeRoleOf(there: Side, user: string | number): Promise<string[]> {
  const own = `ak-managed-role--user-${user}`;
  const roles = await named(there, "rbac/roles/", "name", own);
  const left: string[] = [];
  for (const { name, pk } of roles.filter((each) => each["name"] === own))
    if (![204, 404].includes(await remove(there, `rbac/roles${pathOf(String(pk))}/`)))
      left.push(String(name));
  return left;
}

const objects = z.array(z.looseObject({ pk: z.union([z.string(), z.number()]) }));

async function named(there: Side, path: string, name: string, prefix: string) {
  const token = there.authorization.slice("Bearer ".length);
  const query = { search: prefix, superuser_full_list: "true", page_size: "100" };
  const all = await api(there.url, token).list(path, query, objects.element);
  return all.filter((each) => {
    const text = each[name];
    return typeof text === "string" && text.startsWith(prefix);
  });
}

async function remove(there: Side, path: string): Promise<number> {
  const reply = await send(there, PEER, "DELETE", path);
  if (reply.status >= 500) throw new StatusError(`DELETE ${path}`, reply, "remove it by hand");
  return reply.status;
}
