import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ZotClient } from "../../systems/zot/client";
import { type BlueprintObjects, plantBlueprint } from "../authentik/blueprint";
import { generateId } from "../authentik/store";
import { logInPerson } from "./person-login";
import { fixedCode } from "./second-factor";
import type { StandIns, World } from "./world";

/*
 * The homelab as it is before this program comes: hardened by an Ansible role, an Authentik blueprint and people.
 */
const DAY_MS = 86_400_000;
const KEY_DAYS = 300;
/** Of zot-ci while a person makes its key; as the homelab's operators did by impersonation. */
const MFA_CODE = "975310";

export interface ExistingHomelab {
  /** The key that a person made for CI. */
  readonly key: string;
  readonly clientSecret: string;
  /** Bytes of zot's credentials file, as Ansible writes it. */
  readonly credentials: string;
  readonly objects: BlueprintObjects;
}

/** Puts the world into the state of the homelab. Only stand-ins can be put there. */
export async function createExistingHomelab(world: World): Promise<ExistingHomelab> {
  const { standIns } = world;
  if (!standIns) throw new Error("--from-ansible needs the stand-ins of Authentik and Forgejo");
  const clientSecret = generateId(64);
  const objects = plantBlueprint(standIns.authentik.state, world.host.registryUrl, clientSecret);
  const credentials = writeAsAnsible(world, clientSecret);
  await world.host.reboot();
  const key = await mintByHand(world, standIns);
  world.onepassword.add("rehearsal", {
    title: "zot-ci-apikey",
    fields: [
      { label: "username", value: "zot-ci", purpose: "USERNAME" },
      { label: "password", value: key, purpose: "PASSWORD" },
      {
        label: "notesPlain",
        value: "made by hand; renew it before it ends",
        purpose: "NOTES",
        type: "STRING",
      },
      { label: "rotated by", value: "ada", section: "history", type: "STRING" },
    ],
    tags: ["infrastructure"],
  });
  const { argocdToken, flyToken, forgejoToken } = world.secrets;
  standIns.forgejo.plant("blumeops", "ARGOCD_AUTH_TOKEN", argocdToken);
  standIns.forgejo.plant("blumeops", "FLY_DEPLOY_TOKEN", flyToken);
  standIns.forgejo.plant("blumeops", "ZOT_CI_API_KEY", key);
  standIns.forgejo.plant("cv", "FORGE_TOKEN", forgejoToken);
  return { key, clientSecret, credentials, objects };
}

/** `to_nice_json` indents by four and ends without a line feed; the role's own scripts carry Ansible's header. */
function writeAsAnsible({ host, authentikUrl }: World, clientSecret: string): string {
  const { configFolder, dataFolder } = host.layout;
  mkdirSync(configFolder, { recursive: true });
  const credentialsFile = join(configFolder, "oidc-credentials.json");
  const credentials = JSON.stringify({ clientid: "zot", clientsecret: clientSecret }, null, 4);
  writeFileSync(credentialsFile, credentials, { mode: 0o600 });
  const { hostname, port } = new URL(host.registryUrl);
  const everybody = { anonymousPolicy: ["read"], defaultPolicy: ["read"] };
  const admins = { groups: ["admins"], actions: ["read", "create", "update", "delete"] };
  const config = {
    distSpecVersion: "1.1.0",
    storage: { rootDirectory: dataFolder, gc: true, gcDelay: "2h" },
    http: {
      address: hostname,
      port,
      realm: "zot",
      externalUrl: host.registryUrl,
      auth: {
        openid: {
          providers: {
            oidc: {
              credentialsFile,
              issuer: `${authentikUrl}/application/o/zot/`,
              scopes: ["openid", "email", "profile"],
              claimMapping: { username: "preferred_username" },
            },
          },
        },
        apikey: true,
      },
      accessControl: {
        repositories: {
          "**": { ...everybody, policies: [admins] },
          "blumeops/**": {
            ...everybody,
            policies: [admins, { groups: ["artifact-workloads"], actions: ["read", "create"] }],
          },
        },
      },
    },
    log: { level: "info" },
    extensions: { search: { enable: true }, ui: { enable: true }, scrub: { enable: true, interval: "24h" } },
  };
  writeFileSync(join(configFolder, "config.json"), JSON.stringify(config, null, 4));
  writeFileSync(join(configFolder, "backup.sh"), "#!/bin/sh\n# Ansible managed\nexit 0\n", { mode: 0o700 });
  return credentials;
}

async function mintByHand({ host, authentikUrl }: World, { authentik }: StandIns): Promise<string> {
  const user = authentik.state.userByName("zot-ci");
  if (!user) throw new Error("the blueprint made no zot-ci");
  const password = generateId(32);
  Object.assign(user, { password, mfaCode: MFA_CODE });
  try {
    const { registryUrl } = host;
    const person = {
      registryUrl,
      authentikUrl,
      username: "zot-ci",
      password,
      secondFactor: fixedCode(MFA_CODE),
    };
    const cookie = await logInPerson(person);
    const minted = await new ZotClient(registryUrl).mintApiKey(
      { kind: "session", cookie },
      { label: "forgejo actions", expiresAt: new Date(Date.now() + KEY_DAYS * DAY_MS) },
    );
    return minted.key;
  } finally {
    Object.assign(user, { password: null, mfaCode: null });
  }
}
