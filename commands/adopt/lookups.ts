import { AUTHENTIK_LOOKUPS } from "./authentik-lookups";
import type { Lookup } from "./lookup";
import { given, type PlannedStep, textOf } from "../../systems/pulumi/plan";
import { ITEM, KUBERNETES, OWN, REMOTE_COMMAND } from "../../systems/pulumi/types";

export const LOOKUPS: Readonly<Record<string, Lookup>> = {
  ...AUTHENTIK_LOOKUPS,
  [ITEM]: {
    what: (step) => `1Password item ${textOf(step, "title")}`,
    find: async (step, systems) => {
      const vault = textOf(step, "vault");
      const category = textOf(step, "category");
      const items = await systems.items(vault, textOf(step, "title"));
      return items.map((item) => ({
        id: `vaults/${vault}/items/${item.id}`,
        ...(item.category !== category && { otherKind: `item of the category ${item.category}` }),
        lost: lostFields(step, item.labels),
      }));
    },
  },
  [OWN.actionsSecret]: {
    what: (step) => `Actions secret ${placeOf(step)}/${textOf(step, "name")}`,
    find: async (step, systems) => {
      const url = textOf(step, "url");
      const name = textOf(step, "name");
      const repository = given(step, "repository");
      const place = {
        owner: textOf(step, "owner"),
        ...(typeof repository === "string" && { repository }),
      };
      const there = (await systems.secretNames(url, place)).has(name);
      if (!there) return [];
      const remarks = [
        "will be written once: Forgejo does not return values (--secrets-are-current adopts it without a write)",
      ];
      return [{ id: `${url}/${placeOf(step)}/${name}`, remarks }];
    },
  },
  [KUBERNETES.secret]: inCluster("Secret", "secret"),
  [KUBERNETES.externalSecret]: inCluster("ExternalSecret", "externalsecrets.external-secrets.io"),
};

/** Descriptions of resources that have no object in any system. */
export const OWN_WORDS: Readonly<Record<string, (step: PlannedStep) => string>> = {
  [REMOTE_COMMAND]: () => "zot's config on its host",
  [OWN.apiKey]: (step) => `API key of ${textOf(step, "username")}`,
  [OWN.keyHistory]: (step) => `which key of ${textOf(step, "label").split("/").at(-1) ?? ""} is in use`,
  [OWN.accessProof]: (step) => `the access matrix of ${textOf(step, "registryUrl")}`,
  [OWN.retiredKeys]: (step) => `keys before the one in use: ${textOf(step, "label")}`,
  [OWN.undeclaredSecrets]: (step) => `no other Actions secrets in ${placeOf(step)}`,
};

function inCluster(word: string, kind: string): Lookup {
  return {
    what: (step) => `${word} ${metadataOf(step).namespace}/${metadataOf(step).name}`,
    find: async (step, systems, _refer, ofProvider) => {
      const { namespace, name } = metadataOf(step);
      const context = String(ofProvider("context"));
      const object = await systems.kubernetesObject(context, kind, namespace, name);
      if (!object) return [];
      // A Secret's type can never be changed.
      const otherType = textOf(step, "type") !== object.type && textOf(step, "type") !== "";
      return [
        {
          id: `${namespace}/${name}`,
          ...(otherType && { otherKind: `${word} of the type ${object.type}` }),
          remarks: object.managers.map((manager) => `${manager} writes to it too`),
        },
      ];
    },
  };
}

function placeOf(step: PlannedStep): string {
  const repository = given(step, "repository");
  return typeof repository === "string"
    ? `${textOf(step, "owner")}/${repository}`
    : `orgs/${textOf(step, "owner")}`;
}

/** The provider writes an item as a whole: undeclared fields, and fields with a duplicate label, would be deleted. */
function lostFields(step: PlannedStep, labels: readonly string[]): string[] {
  const sections = (given(step, "sectionMap") ?? {}) as Record<string, { fieldMap?: object }>;
  const kept = new Set([
    ...["username", "password", "notesPlain"],
    ...Object.entries(sections).flatMap(([section, { fieldMap = {} }]) =>
      Object.keys(fieldMap).map((field) => `${section}/${field}`),
    ),
  ]);
  return [...new Set(labels.filter((label, index) => !kept.has(label) || labels.indexOf(label) !== index))];
}

function metadataOf(step: PlannedStep): { namespace: string; name: string } {
  const metadata = (given(step, "metadata") ?? {}) as { namespace?: string; name?: string };
  const { namespace = "", name = "" } = metadata;
  return { namespace, name };
}
