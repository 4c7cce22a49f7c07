import * as authentik from "@pulumi/authentik";
import * as onepassword from "@pulumi/onepassword";
import * as pulumi from "@pulumi/pulumi";
import { AccessVerification } from "./components/access-verification";
import { ActionsSecrets } from "./components/actions-secrets";
import { CiCredential } from "./components/ci-credential";
import { ClusterCredentials } from "./components/cluster-credentials";
import { asShown } from "./components/expected-error";
import { KeyRetirement } from "./components/key-retirement";
import { lastDeployedConfig, lastDeployedItem } from "./components/last-deploy";
import { observeActions } from "./components/observe-actions";
import { observeClusters } from "./components/observe-clusters";
import { observeDirectory } from "./components/observe-directory";
import { observeHost } from "./components/observe-host";
import { refuseSecondClient } from "./components/second-client";
import { RegistryIdentity } from "./components/registry-identity";
import { SecretSource } from "./components/secret-source";
import { checkVault } from "./components/vault-check";
import { checkRegistry, ZotRegistry } from "./components/zot-registry";
import * as from from "./config/arguments";
import { loadSettings } from "./config";
import { resolveZotConfig } from "./config/zot-config";
import { settleConfigFile } from "./systems/host/config-file";
import { openConnect } from "./systems/onepassword";
import { cliCall } from "./systems/pulumi/cli-call";
import { refuseRevealing } from "./systems/pulumi/revealing";

/** Settings → what is there → identity → registry → credential → consumers → proof → clusters → the old key's end. */
async function program(): Promise<Record<string, unknown>> {
  const { args, environment } = cliCall();
  refuseRevealing(args, environment);
  const settings = loadSettings();
  const connect = openConnect(settings.onepassword, process.env);
  const unreachable = await observeClusters(from.clusterContexts(settings), process.env);

  const vault = new onepassword.Provider("onepassword", from.onepasswordProvider(settings));
  const secrets = new SecretSource({ provider: vault, vault: from.vault(settings) });
  const references = from.secretReferences(pulumi.getProject(), settings);
  const vaultState = await checkVault(
    secrets,
    references,
    { ...from.ownItem(settings), deployed: deployedItems },
    connect,
  );
  const directory = new authentik.Provider("authentik", {
    url: settings.authentik.url,
    token: secrets.output(settings.authentik.token),
  });

  const ssh = from.sshTarget(settings, await from.readSshKeys(settings, (secret) => secrets.read(secret)));
  const layout = from.hostLayout(settings);
  const [observed, found] = await Promise.all([
    observeHost(ssh, layout, settings.host.unreachable),
    secrets
      .read(settings.authentik.token)
      .then((token) => observeDirectory(from.wantedIdentity(pulumi.getProject(), settings), token)),
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
    intent: from.intent(settings),
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
    // What is looked for to be adopted is not in the state yet.
    isAdopting: args.includes("--import-file"),
  });

  const identity = new RegistryIdentity(
    "identity",
    { ...from.identity(settings), found },
    { providers: [directory] },
  );

  const registry = new ZotRegistry(
    "registry",
    {
      ...target,
      clientId: identity.clientId,
      clientSecret: identity.clientSecret,
    },
    // Without the bindings everybody whom Authentik knows could log in.
    { dependsOn: [identity] },
  );

  const credential = new CiCredential(
    "ci-credential",
    {
      ...from.ciCredential(settings),
      ...(settings.ciCredential.from && { adopt: secrets.output(settings.ciCredential.from) }),
      login: identity.ciLogin,
      ...vaultState,
      isGone: (vaultId, id) => secrets.lacks(vaultId, id),
      onepassword: vault,
    },
    { dependsOn: [registry] },
  );

  const announced = secrets.read(settings.forgejo.token).then((token) =>
    observeActions(
      settings.forgejo.url,
      token,
      from.secretPlaces(settings, () => undefined),
    ),
  );
  const actions = new ActionsSecrets("actions-secrets", {
    url: settings.forgejo.url,
    token: secrets.output(settings.forgejo.token),
    places: from.secretPlaces(settings, (source) =>
      source.kind === "minted"
        ? { value: credential.key, keyId: credential.uuid }
        : { value: secrets.output(source) },
    ),
  });

  const proof = new AccessVerification(
    "access-proof",
    {
      ...from.proof(settings, zotVersion),
      versionKnown: observed?.zotVersion !== undefined,
      holders: [
        { name: "ci", username: credential.username, key: credential.key, groups: [settings.access.writers] },
        ...from.otherHolders(settings).map(({ key, ...holder }) => ({ ...holder, key: secrets.output(key) })),
      ],
      keyId: credential.uuid,
      after: [identity.digest, registry.deployed],
    },
    { dependsOn: [registry, credential, actions] },
  );

  const clusters = new ClusterCredentials(
    "cluster-credentials",
    {
      ...from.clusterCredentials(settings),
      username: credential.username,
      key: credential.key,
      keyId: credential.uuid,
      unreachable,
    },
    // After everything else: a cluster that is switched off stops nothing but the end of the old key.
    { dependsOn: [credential, actions, proof] },
  );

  new KeyRetirement(
    "old-keys",
    {
      ...from.keyRetirement(settings),
      registryUrl: credential.registryUrl,
      username: credential.username,
      key: credential.key,
      uuid: credential.uuid,
      label: credential.label,
      former: credential.former,
      holders: pulumi
        .all([credential.holdings, actions.holdings, proof.holdings, clusters.holdings])
        .apply((holdings) => holdings.flat()),
    },
    // The old key goes last: whoever failed to get the new one still has it.
    { dependsOn: [proof, clusters] },
  );

  await announced;
  return {
    registryUrl: settings.registryUrl,
    registry: registry.result,
    ciKeyExpiresAt: credential.expiresAt,
    answersProven: proof.answers,
  };
}

async function deployedItems() {
  const [item, note] = await Promise.all(["ci-credential-item", "ci-credential-note"].map(lastDeployedItem));
  return { item, note };
}

export = () =>
  program().catch((error: unknown) => {
    throw asShown(error);
  });
