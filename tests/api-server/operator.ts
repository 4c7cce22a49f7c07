import { createHash } from "node:crypto";
import { setTimeout as rest } from "node:timers/promises";
import type { ApiServer, KubeObject } from "./api-server";

/*
 * Stands for the External Secrets Operator: it makes the Secret of each ExternalSecret, and makes it again when the object's
 * spec, labels or annotations change. Its interval it never waits for, so that what is made again is made for that reason.
 */

interface Spec {
  secretStoreRef: { name: string; kind: string };
  target: {
    name: string;
    template: { type: string; metadata: object; data: Record<string, string> };
  };
  data: { secretKey: string; remoteRef: { key: string; property: string } }[];
}

/** 1Password as the store shows it: fields by the title of their item. */
export type Vault = Record<string, Record<string, string>>;

export interface Operator {
  stop(): Promise<void>;
}

/** Serves the ExternalSecrets of one namespace through a ClusterSecretStore of that name. */
export function startOperator(server: ApiServer, namespace: string, store: string, vault: Vault): Operator {
  let stopped = false;
  const loop = async () => {
    while (!stopped) {
      const { body } = await server.ask("GET", pathOf(namespace));
      for (const object of body.items ?? []) await reconcile(server, namespace, store, vault, object);
      await rest(100);
    }
  };
  const ended = loop();
  return {
    stop: () => {
      stopped = true;
      return ended;
    },
  };
}

function pathOf(namespace: string, ...rest: string[]): string {
  return ["/apis/external-secrets.io/v1/namespaces", namespace, "externalsecrets", ...rest].join("/");
}

async function reconcile(
  server: ApiServer,
  namespace: string,
  store: string,
  vault: Vault,
  { metadata, spec, status }: KubeObject,
): Promise<void> {
  const { generation, labels, annotations, name, uid } = metadata;
  const hash = createHash("sha256")
    .update(JSON.stringify([labels, annotations]))
    .digest("hex");
  const syncedResourceVersion = `${generation ?? 0}-${hash}`;
  if (
    (status as { syncedResourceVersion?: string } | undefined)?.syncedResourceVersion ===
    syncedResourceVersion
  )
    return;
  const { secretStoreRef, target, data } = spec as Spec;
  const known = secretStoreRef.kind === "ClusterSecretStore" && secretStoreRef.name === store;
  if (!known) throw new Error(`there is no ${secretStoreRef.kind} ${secretStoreRef.name}`);
  const values = Object.fromEntries(
    data.map(({ secretKey, remoteRef }) => [secretKey, fieldOf(vault, remoteRef)]),
  );
  const { type, metadata: inherited, data: templates } = target.template;
  const secret = {
    apiVersion: "v1",
    kind: "Secret",
    type,
    metadata: {
      ...inherited,
      name: target.name,
      ownerReferences: [{ apiVersion: "external-secrets.io/v1", kind: "ExternalSecret", name, uid }],
    },
    stringData: Object.fromEntries(
      Object.entries(templates).map(([key, template]) => [key, render(template, values)]),
    ),
  };
  await applied(
    server,
    `/api/v1/namespaces/${namespace}/secrets/${target.name}?fieldManager=external-secrets&force=true`,
    secret,
  );
  const ready = { type: "Ready", status: "True", reason: "SecretSynced", message: "secret synced" };
  await applied(server, `${pathOf(namespace, name, "status")}?fieldManager=external-secrets&force=true`, {
    apiVersion: "external-secrets.io/v1",
    kind: "ExternalSecret",
    metadata: { name },
    status: {
      syncedResourceVersion,
      conditions: [{ ...ready, lastTransitionTime: new Date().toISOString() }],
    },
  });
}

async function applied(server: ApiServer, path: string, object: object): Promise<void> {
  const { status, body } = await server.ask("PATCH", path, object, "application/apply-patch+yaml");
  if (status >= 300) throw new Error(`${path} answered ${status}: ${JSON.stringify(body)}`);
}

function fieldOf(vault: Vault, { key, property }: { key: string; property: string }): string {
  const value = vault[key]?.[property];
  if (value === undefined) throw new Error(`1Password has no field ${property} in an item ${key}`);
  return value;
}

/** Of Go's templates, what the program uses; anything else is an error, as it is to the operator. */
function render(template: string, values: Record<string, string>): string {
  return template.replace(/\{\{ (.*?) \}\}/g, (_, pipeline: string) => {
    const steps = pipeline.split(" | ");
    const [first = "", ...filters] = steps;
    return filters.reduce(
      (value, filter) => {
        if (filter === "toJson") return JSON.stringify(value);
        if (filter === "b64enc") return Buffer.from(value).toString("base64");
        throw new Error(`function "${filter}" not defined`);
      },
      valueOf(first, values),
    );
  });
}

function valueOf(expression: string, values: Record<string, string>): string {
  const [command, format, ...names] = expression.split(" ");
  const get = (name: string) => {
    const value = name.startsWith(".") ? values[name.slice(1)] : undefined;
    if (value === undefined) throw new Error(`the template has no value for ${name}`);
    return value;
  };
  if (command !== "printf") return get(expression);
  const text = JSON.parse(format ?? "") as string;
  return names.reduce((filled, name) => filled.replace("%s", () => get(name)), text);
}
