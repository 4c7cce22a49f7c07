import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { startOnePassword } from "../../../rehearsal/onepassword";
import { pathOf } from "../../../systems/http/path";
import type { Side } from "../ask";
import { CONNECT_FACTS } from "../facts/connect";
import { KNOWN_OF_CONNECT, NEVER_OF_CONNECT, UNASKED_OF_CONNECT } from "../facts/known";
import type { ComparedSystem } from "../system";
import { get, routeOf, send } from "./asking";
import { needed } from "./releases";

const TOKEN = "conform-stand-in";
/** Of the stand-in: a name that is in no word of an answer. */
const VAULT = { id: "conformconformconformconfo", name: "conform: vault" };
const PEER = { name: "1Password Connect", setting: "--connect" };
const HINT =
  "check that --connect is the base address of a Connect server, and that OP_CONNECT_TOKEN is a token of it";
/** The newest that its API is described for; the stand-in plays no other. */
const FLAVOUR = "1.8";

const side = (name: string, url: string, token: string): Side => ({
  name,
  url: url.replace(/\/+$/, ""),
  base: "/v1/",
  authorization: `Bearer ${token}`,
  flavour: FLAVOUR,
});

export const CONNECT_COMPARED: ComparedSystem = {
  name: "1Password Connect",
  option: "connect",
  facts: CONNECT_FACTS,
  known: KNOWN_OF_CONNECT,
  never: NEVER_OF_CONNECT,
  unasked: UNASKED_OF_CONNECT,
  flavours: [FLAVOUR],
  takes: "it takes an account of 1Password",
  async open(url, environment, { vault = "" }) {
    const token = needed(environment, "OP_CONNECT_TOKEN");
    const there = side("1Password Connect", url, token);
    const { version } = await get({ ...there, base: "/" }, PEER, "health", { schema: health, hint: HINT });
    const vaults = await get(there, PEER, "vaults", { schema: vaultList, hint: HINT });
    const named = vaults.filter(({ id, name }) => id === vault || name.toLowerCase() === vault.toLowerCase());
    const [one, second] = named;
    if (!one || second) {
      const many = one ? "several vaults" : "no vault";
      const names = vaults.map(({ name }) => name).join(", ");
      throw new Error(`--vault ${vault}: the token reads ${many} of that name; it reads ${names}`);
    }
    return {
      server: "1Password Connect",
      version,
      side: { ...there, name: `1Password Connect ${version}` },
      known: knownOf(one),
    };
  },
  async standIn() {
    const server = await startOnePassword({ token: TOKEN, vaults: [VAULT] });
    return {
      side: side("the stand-in", server.url, TOKEN),
      known: knownOf(VAULT),
      routes: server.routes.map(routeOf),
      stop: () => server.stop(),
    };
  },
  async cleanUp(there, prefix, { vault }) {
    const items = `vaults${pathOf(String(vault))}/items`;
    const all = await get(there, PEER, items, { schema: summaries, hint: HINT });
    const left: string[] = [];
    for (const { id, title } of all.filter((each) => each.title.startsWith(prefix)))
      if (!(await isRemoved(there, items + pathOf(id)))) left.push(`${title} (${id})`);
    return left;
  },
};

/** What facts call the vault by, its name as a query holds it. */
const knownOf = ({ id, name }: { id: string; name: string }) => ({
  vault: id,
  vaultQuery: encodeURIComponent(name),
});

const health = z.looseObject({ version: z.string() });
const vaultList = z.array(z.looseObject({ id: z.string(), name: z.string() }));
const summaries = z.array(z.looseObject({ id: z.string(), title: z.string() }));

const ATTEMPTS = 5;
const WAIT_MS = 500;

/** Connect answers 500 to a deletion while something else is written to the vault. */
async function isRemoved(there: Side, path: string): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    const { status } = await send(there, PEER, "DELETE", path);
    if ([204, 404].includes(status)) return true;
    if (attempt === ATTEMPTS) return false;
    await delay(WAIT_MS);
  }
}
