import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { logInToRegistry } from "../../../systems/authentik/login";
import { zotConfig } from "../../../config/arguments";
import { parseSettings } from "../../../config/load";
import type { Settings } from "../../../config/schema";
import { openOnePassword } from "../../../systems/onepassword";
import { type Authentik, startAuthentik } from "../../../rehearsal/authentik";
import { type Forgejo, startForgejo } from "../../../rehearsal/forgejo";
import { pushImage } from "../../../rehearsal/mission/image";
import { logInPerson } from "../../../rehearsal/mission/person-login";
import { fixedCode } from "../../../rehearsal/mission/second-factor";
import { type OnePassword, startOnePassword } from "../../../rehearsal/onepassword";
import type { VerifyInput } from "../../../commands/verify/input";
import { type ApiKeyInfo, type Credential, ZotClient } from "../../../systems/zot/client";
import { renderConfig, renderCredentials } from "../../../systems/zot/config/render";
import { declareRegistry, TOKEN } from "../../rehearsal/authentik/client";
import { secretText, stateText } from "../shared/fake-pulumi";
import { freePort } from "../../../rehearsal/host/free-port";
import { launch, type Running, until } from "../../rehearsal/zot/run-zot";

const VAULT = "vg6xf6vvfmoh5hqjjhlhbeoaie";
const FORGEJO_TOKEN = "forgejo-token-of-the-tests";
const CONNECT_TOKEN = "connect-token-of-the-tests";
const DAY_MS = 86_400_000;
/** No host is there; the settings want one. */
const HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFXlIYrHZ7AMTGTEVOMmvgRu9kB5mBZuGxDAhSfRpnhr";
export const LABEL = "zot-access/test/zot-ci";

/** A stack as a deploy leaves it: the stand-ins of its systems, set up as the program sets them up, and its settings. */
export interface World {
  readonly authentik: Authentik;
  readonly forgejo: Forgejo;
  readonly onepassword: OnePassword;
  readonly registry: Running;
  readonly settings: Settings;
  /** As the CLI hands them out. */
  readonly raw: Readonly<Record<string, unknown>>;
  readonly environment: NodeJS.ProcessEnv;
  readonly ci: { readonly username: string; readonly key: string; readonly uuid: string };
  readonly input: VerifyInput;
  readonly folder: string;
  /** zot's config on its host, which zot reads again when it is written to. */
  readonly configFile: string;
  keysOf(credential: { username: string; key: string }): Promise<ApiKeyInfo[]>;
  stop(): Promise<void>;
}

export async function startWorld(): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), "zot-access-verify-"));
  const people = [
    { username: "ada", password: "ada's password", groups: ["admins"], mfaCode: "123456" },
    { username: "ben", password: "ben's password", groups: ["family"], mfaCode: "654321" },
  ];
  const authentik = await startAuthentik({ bootstrapToken: TOKEN, people });
  const forgejo = await startForgejo({ token: FORGEJO_TOKEN, owner: "eblume", repositories: ["blumeops"] });
  const port = await freePort();
  const registryUrl = `http://127.0.0.1:${port}`;
  const declared = await declareRegistry(authentik, registryUrl);
  const onepassword = await startOnePassword({
    token: CONNECT_TOKEN,
    vaults: [
      {
        id: VAULT,
        name: "homelab",
        items: [
          { title: "authentik", fields: [{ label: "token", value: TOKEN, section: "api" }] },
          { title: "forgejo", fields: [{ label: "token", value: FORGEJO_TOKEN, section: "api" }] },
        ],
      },
    ],
  });
  const raw = settingsOf({ registryUrl, authentik, forgejo, folder, port });
  const settings = load(raw);
  const configFile = writeConfig(settings, declared);
  const registry = launch(configFile);
  await until(() =>
    fetch(`${registryUrl}/v2/`).then(
      () => true,
      () => false,
    ),
  );

  const client = new ZotClient(registryUrl);
  const keyOf = async (cookie: string, label: string) => {
    const session: Credential = { kind: "session", cookie };
    return client.mintApiKey(session, { label, expiresAt: new Date(Date.now() + 90 * DAY_MS) });
  };
  const { flowSlug, appPassword } = declared;
  const place = { registryUrl, authentikUrl: authentik.url };
  const session = await logInToRegistry({ ...place, flowSlug, username: "zot-ci", password: appPassword });
  const minted = await keyOf(session.cookie, LABEL);
  const { mfaCode, ...login } = person(people, "ada");
  const ada = await keyOf(
    await logInPerson({ ...place, ...login, secondFactor: fixedCode(mfaCode) }),
    "ada's laptop",
  );
  const ci = { username: "zot-ci", key: minted.key, uuid: minted.uuid };
  const basic = `Basic ${Buffer.from(`ada:${ada.key}`).toString("base64")}`;
  for (const [repository, tag] of [
    ["blumeops/hello", "1.0"],
    ["blumeops/hello", "latest"],
    ["docker.io/library/alpine", "3"],
  ] as const) {
    await pushImage(registryUrl, repository, tag, tag, basic);
  }
  onepassword.add("homelab", {
    title: "zot-ci-apikey",
    fields: [
      { label: "username", value: "zot-ci", purpose: "USERNAME" },
      { label: "password", value: ci.key, purpose: "PASSWORD" },
    ],
  });
  await fetch(`${forgejo.url}/api/v1/repos/eblume/blumeops/actions/secrets/ZOT_CI_API_KEY`, {
    method: "PUT",
    headers: { authorization: `token ${FORGEJO_TOKEN}`, "content-type": "application/json" },
    body: JSON.stringify({ data: ci.key }),
  });
  const environment = { OP_CONNECT_HOST: onepassword.url, OP_CONNECT_TOKEN: CONNECT_TOKEN };
  return {
    authentik,
    forgejo,
    onepassword,
    registry,
    settings,
    raw,
    environment,
    ci,
    folder,
    configFile,
    input: {
      stack: "test",
      settings,
      keys: [{ ...ci, label: LABEL }],
      holders: [{ name: "admin", username: "ada", password: ada.key, groups: ["admins"] }],
      deployedVersion: "2.1.20",
      authentikToken: () => Promise.resolve(TOKEN),
      forgejoToken: () => Promise.resolve(FORGEJO_TOKEN),
      sshKeys: () => Promise.resolve({ host: undefined, proxyJump: undefined }),
      onepassword: openOnePassword(settings.onepassword, environment),
      environment,
    },
    keysOf: ({ username, key }) => client.listApiKeys({ kind: "basic", username, password: key }),
    stop: async () => {
      await Promise.all([registry.stop(), authentik.stop(), forgejo.stop(), onepassword.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The stack's state as far as the commands read it. */
export function deployedState({ ci }: Pick<World, "ci">): string {
  return stateText([
    {
      urn: "urn:pulumi:test::zot-access::zot-access:index:ZotApiKey::key",
      type: "zot-access:index:ZotApiKey",
      id: ci.uuid,
      outputs: { username: ci.username, key: secretText(ci.key), label: LABEL },
    },
  ]);
}

type Person = { username: string; password: string; mfaCode: string };

function person(people: readonly Person[], username: string): Person {
  const found = people.find((each) => each.username === username);
  if (!found) throw new Error(`there is no ${username}`);
  return found;
}

function settingsOf(at: {
  registryUrl: string;
  authentik: { url: string };
  forgejo: { url: string };
  folder: string;
  port: number;
}): Record<string, unknown> {
  return {
    registryUrl: at.registryUrl,
    authentik: { url: at.authentik.url, token: "op://homelab/authentik/token" },
    onepassword: { vaultId: VAULT, vaultName: "homelab" },
    host: {
      address: "127.0.0.1",
      user: "operator",
      hostKey: HOST_KEY,
      unreachable: "off",
      configFolder: at.folder,
      dataFolder: join(at.folder, "data"),
      zotBinary: "/usr/local/bin/zot",
    },
    service: { manager: "systemd", unit: "zot.service" },
    zot: {
      config: {
        http: { port: at.port, compat: ["docker2s2"] },
        extensions: {
          metrics: { enable: true },
          search: { enable: true },
          ui: { enable: true },
          sync: { enable: true, registries: ["docker.io", "ghcr.io", "quay.io"].map(mirrorOf) },
        },
      },
    },
    pushers: { "zot-ci": { group: "artifact-workloads", in: ["blumeops/**"] } },
    forgejo: {
      url: at.forgejo.url,
      token: "op://homelab/forgejo/token",
      owner: "eblume",
      repositories: [{ name: "blumeops", secrets: { ZOT_CI_API_KEY: "key:zot-ci" } }],
    },
    proof: { pullThroughImage: "docker.io/library/alpine:3" },
  };
}

function mirrorOf(name: string) {
  return {
    urls: [`https://${name}`],
    content: [{ prefix: "**", destination: `/${name}` }],
    onDemand: true,
    preserveDigest: true,
  };
}

function load(raw: Readonly<Record<string, unknown>>): Settings {
  const texts = Object.entries(raw).map(([key, value]) => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  return parseSettings("zot-access", Object.fromEntries(texts) as Record<string, string>, () => false);
}

/** As a deploy writes them. */
function writeConfig(settings: Settings, client: { clientId: string; clientSecret: string }): string {
  const { configFolder } = settings.host;
  writeFileSync(join(configFolder, "oidc-credentials.json"), renderCredentials(client));
  const file = join(configFolder, "config.json");
  writeFileSync(file, renderConfig(zotConfig(settings, "2.1.20", settings.zot.config)));
  return file;
}
