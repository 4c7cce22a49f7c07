import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { ClusterCredentials, type ClusterPlace } from "../../../components/cluster-credentials";
import { KeyRetirement } from "../../../components/key-retirement";
import { observeClusters } from "../../../components/observe-clusters";

/** What index.ts does about clusters, with a key from a file in place of a minted one: settings stand in the history. */
async function program(): Promise<void> {
  const config = new pulumi.Config();
  const places = config.requireObject<Omit<ClusterPlace, "pusher" | "itemTitle">[]>("places");
  const unreachable = await observeClusters(
    places.map(({ context }) => context),
    process.env,
  );
  const registryUrl = config.require("registryUrl");
  const credential = {
    username: "zot-ci",
    key: pulumi.secret(readFileSync(config.require("keyFile"), "utf8")),
    keyId: config.require("keyId"),
  };
  const clusters = new ClusterCredentials("cluster-credentials", {
    keys: new Map([["zot-ci", credential]]),
    registryUrl,
    places: places.map((place) => ({ ...place, pusher: "zot-ci", itemTitle: "zot-ci-apikey" })),
    unreachable,
  });
  if (config.getBoolean("retire") !== true) return;
  new KeyRetirement(
    "old-keys",
    {
      registryUrl,
      username: credential.username,
      key: credential.key,
      uuid: credential.keyId,
      label: "zot-access/rehearsal/zot-ci",
      former: [],
      holders: clusters.consumers("zot-ci"),
      oldKey: "revoke",
      graceHours: 1,
    },
    { dependsOn: [clusters] },
  );
}

export = program;
