import { z } from "zod";
import { startForgejo } from "../../../rehearsal/forgejo";
import { FLAVOURS, type FlavourName } from "../../../rehearsal/forgejo/flavours";
import { pathOf } from "../../../systems/http/path";
import type { Side } from "../ask";
import { FORGEJO_FACTS, OF_USER } from "../facts/forgejo";
import { KNOWN_OF_FORGEJO, NEVER_OF_FORGEJO } from "../facts/known";
import { get as getFrom, routeOf, send } from "./asking";
import { needed, newestUpTo } from "./releases";
import type { ComparedSystem } from "../system";

const OWNER = "conform";
const TOKEN = "conform-stand-in";
const PEER = { name: "Forgejo", setting: "--forgejo" };
/** No release of its own. */
const NAMES = (Object.keys(FLAVOURS) as FlavourName[]).filter((name) => name !== "strictest");

const side = (name: string, url: string, token: string, flavour: string): Side => ({
  name,
  url: url.replace(/\/+$/, ""),
  base: "/api/v1/",
  authorization: `token ${token}`,
  flavour,
});

export const FORGEJO_COMPARED: ComparedSystem = {
  name: "Forgejo",
  option: "forgejo",
  facts: FORGEJO_FACTS,
  known: KNOWN_OF_FORGEJO,
  never: NEVER_OF_FORGEJO,
  unasked: {},
  flavours: NAMES,
  async open(url, environment) {
    const unnamed = side("Forgejo", url, needed(environment, "FORGEJO_TOKEN"), "");
    const { version } = await get(unnamed, "version", z.object({ version: z.string() }));
    const { login } = await get(unnamed, "user", z.object({ login: z.string() }));
    const flavour = flavourOf(version);
    const server = flavour.startsWith("gitea=") ? "Gitea" : "Forgejo";
    return {
      server,
      version,
      side: { ...unnamed, name: server, flavour },
      known: { me: login, token: tokenOf(unnamed) },
    };
  },
  async standIn(flavour) {
    const name = NAMES.find((each) => each === flavour);
    const forgejo = await startForgejo({
      token: TOKEN,
      owner: OWNER,
      repositories: [],
      ...(name && { flavour: name }),
    });
    return {
      side: side("the stand-in", forgejo.url, TOKEN, flavour),
      known: { me: OWNER, token: TOKEN },
      routes: forgejo.routes.map(routeOf),
      stop: () => forgejo.stop(),
    };
  },
  async cleanUp(there, prefix, { me }) {
    const left: string[] = [];
    const named = z.array(z.looseObject({ name: z.string() }));
    const doomed = async (list: string, pathOfOne: (name: string) => string) => {
      const all = await get(there, `${list}?limit=50&page=1`, named);
      for (const { name } of all.filter((each) => each.name.startsWith(prefix))) {
        const path = pathOfOne(name);
        const { status } = await send(there, PEER, "DELETE", path);
        if (![204, 404].includes(status)) left.push(path);
      }
      return all.length;
    };
    for (let more = true; more;) {
      const before = left.length;
      const found = await get(there, "user/repos?limit=50&page=1", named);
      await doomed("user/repos", (name) => `repos${pathOf(String(me), name)}`);
      more =
        found.length === 50 && left.length === before && found.some(({ name }) => name.startsWith(prefix));
    }
    for (const { name } of await get(there, "user/orgs?limit=50&page=1", named))
      if (name.startsWith(prefix))
        await doomed(`orgs${pathOf(name)}/repos`, (own) => `repos${pathOf(name, own)}`);
    await doomed("user/orgs", (name) => `orgs${pathOf(name)}`);
    const { status } = await send(there, PEER, "DELETE", OF_USER);
    if (![204, 404].includes(status)) left.push(OF_USER);
    return left;
  },
};

/** What facts about where a token stands send themselves. */
const tokenOf = ({ authorization }: Side): string => authorization.split(" ")[1] ?? "";

/** Forgejo's versions end in that of the Gitea that it speaks like: `9.0.0+gitea-1.22.0`. */
function flavourOf(version: string): string {
  const server = /\+gitea-/.test(version) ? "forgejo" : "gitea";
  const releases = NAMES.filter((name) => name.startsWith(`${server}=`)).map((name) =>
    name.slice(server.length + 1),
  );
  return `${server}=${newestUpTo(version, releases)}`;
}

function get<T extends z.ZodType>(there: Side, path: string, schema: T): Promise<z.output<T>> {
  return getFrom(there, PEER, path, {
    schema,
    hint: "check that --forgejo is the base address of a Forgejo or Gitea, and that FORGEJO_TOKEN is a token of it",
  });
}
