import { issuerUrl, redirectUrls } from "../../../config/derived";
import type { Pusher, Settings } from "../../../config/schema";
import { sshTarget } from "../../../config/arguments";
import { ForgejoClient } from "../../../systems/forgejo/forgejo-client";
import { ZotClient } from "../../../systems/zot/client";
import type { VerifyInput } from "../input";
import { type Check, notAsked, run } from "./check";
import { AUTHENTIK } from "../../../systems/authentik/api";
import { ZOT } from "../../../systems/zot/http";
import { lookAtClock } from "./clock";
import { lookAtCluster } from "./cluster";
import { judgeKey } from "./credential";
import { lookAtIssuer } from "./issuer";
import { lookAtLogin } from "./login";
import { lookAtPullThrough } from "./pull-through";
import { lookAtAuthentik, lookAtForgejo, lookAtHost, lookAtOnePassword } from "./services";
import { lookAtTls } from "./tls";

/** zot asks upstream before it answers, and may have to fetch the image first. */
const PULL_THROUGH_MS = 8000;

/** All checks besides the access matrix, in parallel; each has its own limit. */
export function furtherChecks(input: VerifyInput, timeoutMs: number): Promise<Check[]> {
  const { settings, keys } = input;
  const { registryUrl, authentik, forgejo, proof, host, onepassword, clusters } = settings;
  const issuer = issuerUrl(settings);
  const addresses = [registryUrl, authentik.url, forgejo.url, onepassword.connectUrl ?? registryUrl];
  const origins = [...new Set(addresses.map((address) => new URL(address).origin))];
  const login = { registryUrl, issuer, clientId: authentik.slug, redirectUrls: redirectUrls(settings) };
  const pushers = Object.values(settings.pushers);
  const items = pushers.map(({ name, itemTitle }) => ({
    vault: onepassword.vaultId,
    title: itemTitle,
    key: keys.find(({ username }) => username === name)?.key,
  }));
  return Promise.all([
    ...origins.map((origin) =>
      run(`TLS of ${new URL(origin).host}`, () => lookAtTls(origin, { timeoutMs, now: new Date() })),
    ),
    run("zot's login", () => lookAtLogin(login, timeoutMs)),
    run("the issuer", () => lookAtIssuer(issuer, timeoutMs)),
    run("the registry's clock", () => lookAtClock(ZOT, `${registryUrl}/v2/`, timeoutMs)),
    run("Authentik's clock", () => lookAtClock(AUTHENTIK, `${authentik.url}/-/health/live/`, timeoutMs)),
    ...pushers.map((pusher) => run(`the key of ${pusher.name}`, () => lookAtKey(input, pusher, timeoutMs))),
    run("pull-through", () => lookAtPullThrough(registryUrl, proof.pullThroughImage, PULL_THROUGH_MS)),
    run("Authentik", async () => lookAtAuthentik(authentik.url, await input.authentikToken(), timeoutMs)),
    run("Forgejo", async () => {
      const client = new ForgejoClient(forgejo.url, { timeoutMs, retryDelaysMs: [] });
      return lookAtForgejo(client, await input.forgejoToken(), places(settings));
    }),
    run("1Password", () => lookAtOnePassword(input.onepassword, items)),
    run("the registry's host", async () =>
      host.unreachable === "off"
        ? notAsked("host.unreachable is off")
        : lookAtHost(sshTarget(settings, await input.sshKeys()), host.unreachable),
    ),
    ...[...new Set(clusters.map(({ context }) => context))].map((context) =>
      run(`the cluster ${context}`, () => lookAtCluster(context, input.environment)),
    ),
  ]);
}

async function lookAtKey({ settings, keys: deployed }: VerifyInput, pusher: Pusher, timeoutMs: number) {
  const own = deployed.find(({ username }) => username === pusher.name);
  if (!own) return notAsked("nothing was deployed yet");
  const registry = new ZotClient(settings.registryUrl, { timeoutMs });
  const credential = { kind: "basic", username: own.username, password: own.key } as const;
  const [keys, { date }] = await Promise.all([registry.listApiKeys(credential), registry.ping()]);
  return judgeKey(keys, own, pusher, date ?? new Date());
}

function places({ forgejo }: Settings) {
  return [
    ...forgejo.repositories.map(({ owner = forgejo.owner, name, secrets }) => ({
      owner,
      repository: name,
      names: Object.keys(secrets),
    })),
    ...forgejo.organizations.map(({ name, secrets }) => ({ owner: name, names: Object.keys(secrets) })),
  ];
}
