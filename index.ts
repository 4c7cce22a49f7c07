import * as authentik from "@pulumi/authentik";
import * as onepassword from "@pulumi/onepassword";
import * as pulumi from "@pulumi/pulumi";
import { AccessVerification } from "./components/access-verification";
import { ActionsSecrets } from "./components/actions-secrets";
import { CiCredential } from "./components/ci-credential";
import { ClusterCredentials } from "./components/cluster-credentials";
import { asShown } from "./components/expected-error";
import { KeptItems } from "./components/kept-item";
import { KeyRetirement } from "./components/key-retirement";
import {
  FORMER_NAME,
  heldClusters,
  lastDeployedConfig,
  lastDeployedItems,
  pusherName,
} from "./components/last-deploy";
import { observeActions } from "./components/observe-actions";
import { observeClusters } from "./components/observe-clusters";
import { observeDirectory } from "./components/observe-directory";
import { observeHost } from "./components/observe-host";
import { dropDebugMessages } from "./components/quiet-debug";
import { refuseSecondClient } from "./components/second-client";
import { RegistryIdentity } from "./components/registry-identity";
import { startProvider } from "./components/start-provider";
import { SecretSource } from "./components/secret-source";
import { checkVault, NOTHING_FOUND } from "./components/vault-check";
import { checkRegistry, ZotRegistry } from "./components/zot-registry";
import * as from from "./config/arguments";
import { loadSettings } from "./config";
import { resolveZotConfig } from "./config/zot-config";
import { settleConfigFile } from "./systems/host/config-file";
import { openConnect } from "./systems/onepassword";
import { cliCall } from "./systems/pulumi/cli-call";
import { logsToStderr, refuseRevealing } from "./systems/pulumi/revealing";

/**
 * Settings → existing objects → identity → registry → credential → consumers → proof → clusters → revocation of the
 * old key.
 */
async function program(): Promise<Record<string, unknown>> {
  const { args, environment } = cliCall();
  refuseRevealing(args, environment);
  if (!logsToStderr(args)) dropDebugMessages();
  const settings = loadSettings();
  const connect = openConnect(settings.onepassword, process.env);
  const vault = new onepassword.Provider("onepassword", from.onepasswordProvider(settings));
  const secrets = new SecretSource({ provider: vault, vault: from.vault(settings), lister: connect });
  const references = from.secretReferences(pulumi.getProject(), settings);
  const [vaultState, unreachable] = await Promise.all([
    checkVault(
      secrets,
      references,
      from.ownItems(settings).map((own) => ({ ...own, deployed: () => lastDeployedItems(own.pusher) })),
      connect,
    ),
    heldClusters().then((held) => observeClusters(from.clusterContexts(settings), process.env, held)),
  ]);
  const pushers = Object.values(settings.pushers);
  const formerPusher = from.formerPusher(pushers, (name) => vaultState.get(name)?.itemId !== undefined);
  const directory = new authentik.Provider("authentik", {
    url: settings.authentik.url,
    token: secrets.output(settings.authentik.token),
  });

  startProvider();
  const ssh = from.sshTarget(settings, await from.readSshKeys(settings, (secret) => secrets.read(secret)));
  const layout = from.hostLayout(settings);
  const [observed, { found, groupsInUse }] = await Promise.all([
    observeHost(ssh, layout, settings.host.unreachable),
    secrets
      .read(settings.authentik.token)
      .then((token) =>
        observeDirectory(
          from.wantedIdentity(pulumi.getProject(), settings),
          token,
          from.roleGroups(settings.access),
        ),
      ),
  ]);
  const zotVersion = observed?.zotVersion ?? settings.zot.assumeVersion;

  const deployed = observed ? {} : await lastDeployedConfig("registry-config");
  const target = {
    ssh,
    layout: settleConfigFile(layout, observed, deployed.name),
    observed,
    deployed: deployed.config,
    config: from.zotConfig(
      settings,
      zotVersion,
      await resolveZotConfig(settings.zot.config, (secret) => secrets.read(secret)),
    ),
    intent: from.intent(settings, found),
    allow: settings.zot.allow,
    restoreOnDestroy: settings.host.onDestroy === "restore",
  };
  checkRegistry(target);
  await refuseSecondClient({
    found,
    wanted: from.wantedIdentity(pulumi.getProject(), settings),
    callbackUrl: from.callbackUrl(settings),
    clientIds: observed?.clientIds ?? [],
    token: await secrets.read(settings.authentik.token),
    // Objects to adopt are not in the state yet.
    isAdopting: args.includes("--import-file"),
  });

  const identity = new RegistryIdentity(
    "identity",
    { ...from.identity(settings), found, formerPusher, groupsInUse },
    { providers: [directory] },
  );

  const registry = new ZotRegistry(
    "registry",
    {
      ...target,
      clientId: identity.clientId,
      clientSecret: identity.clientSecret,
    },
    // Without the bindings every Authentik user could log in.
    { dependsOn: [identity] },
  );

  const kept = new KeptItems();
  const credentials = new Map(
    pushers.map((pusher) => [
      pusher.name,
      new CiCredential(
        pusherName(pusher.name),
        {
          ...from.pusherCredential(settings, pusher),
          ...(pusher.from && { adopt: secrets.output(pusher.from) }),
          login: identity.loginOf(pusher.name),
          ...(vaultState.get(pusher.name) ?? NOTHING_FOUND),
          isGone: (vaultId, id) => secrets.lacks(vaultId, id),
          kept,
          onepassword: vault,
        },
        { dependsOn: [registry], aliases: pusher.name === formerPusher ? [{ name: FORMER_NAME }] : [] },
      ),
    ]),
  );
  const keyOf = (pusher: string) => from.ofPusher(credentials, pusher);

  const announced = secrets.read(settings.forgejo.token).then((token) =>
    observeActions(
      settings.forgejo.url,
      token,
      from.secretScopes(settings, () => undefined),
    ),
  );
  const actions = new ActionsSecrets("actions-secrets", {
    url: settings.forgejo.url,
    token: secrets.output(settings.forgejo.token),
    scopes: from.secretScopes(settings, (source) =>
      source.kind === "key"
        ? { value: keyOf(source.pusher).key, keyId: keyOf(source.pusher).uuid, pusher: source.pusher }
        : { value: secrets.output(source) },
    ),
  });

  const proof = new AccessVerification(
    "access-proof",
    {
      ...from.proof(settings, zotVersion),
      versionKnown: observed?.zotVersion !== undefined,
      holders: [
        ...pushers.map(({ name, group }) => {
          const { key, username } = keyOf(name);
          return { name, username, key, groups: [group] };
        }),
        ...from.otherHolders(settings).map(({ key, ...holder }) => ({ ...holder, key: secrets.output(key) })),
      ],
      keyIds: pushers.map(({ name }) => keyOf(name).uuid),
      after: [identity.digest, registry.deployed],
    },
    { dependsOn: [registry, ...credentials.values(), actions] },
  );

  const clusters = new ClusterCredentials(
    "cluster-credentials",
    {
      ...from.clusterCredentials(settings),
      keys: new Map(
        [...credentials].map(([name, { username, key, uuid }]) => [name, { username, key, keyId: uuid }]),
      ),
      unreachable,
    },
    // After everything else: a cluster that is switched off only blocks the revocation of the old key.
    { dependsOn: [...credentials.values(), actions, proof] },
  );

  for (const pusher of pushers) {
    const credential = keyOf(pusher.name);
    new KeyRetirement(
      `old-keys-${pusher.name}`,
      {
        ...from.keyRetirement(pusher),
        registryUrl: credential.registryUrl,
        username: credential.username,
        key: credential.key,
        uuid: credential.uuid,
        label: credential.label,
        former: credential.former,
        holders: pulumi
          .all([
            credential.consumers,
            ...[actions, proof, clusters].map((each) => each.consumers(pusher.name)),
          ])
          .apply((consumers) => consumers.flat()),
      },
      {
        // The old key is revoked last: a consumer that failed to get the new one still has it.
        dependsOn: [proof, clusters],
        aliases: pusher.name === formerPusher ? [{ name: "old-keys" }] : [],
      },
    );
  }

  await announced;
  return {
    registryUrl: settings.registryUrl,
    registry: registry.result,
    // Pulumi warns about an output that exists and is undefined.
    ...(credentials.size > 0 && {
      ciKeyExpiresAt: firstEnd([...credentials.values()].map(({ expiresAt }) => expiresAt)),
    }),
    answersProven: proof.answers,
  };
}

/** When the first of the keys expires. */
function firstEnd(ends: readonly pulumi.Output<string>[]): pulumi.Output<string | undefined> {
  return pulumi.all([...ends]).apply((all) => [...all].sort()[0]);
}

export = () =>
  program().catch((error: unknown) => {
    throw asShown(error);
  });
