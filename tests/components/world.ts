import * as pulumi from "@pulumi/pulumi";
import { START } from "../../systems/pulumi/types";

export interface Registration {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
}

const SPECIAL = "4dabf18193072939515e22adb298388d";

/** What the engine would have been asked to make, in order, and what its providers would have been asked. */
export class World implements pulumi.runtime.Mocks {
  readonly resources: Registration[] = [];
  /** Each with the types that were declared by then. */
  readonly calls: { token: string; inputs: Record<string, unknown>; declared: string[] }[] = [];
  /** Told of each of them. */
  onCall: (token: string) => void = () => undefined;

  /** Inputs of the one resource of that name. */
  of(name: string): Record<string, unknown> {
    const found = this.resources.filter((resource) => resource.name === name);
    if (found.length !== 1) {
      throw new Error(`${found.length} resources named ${name}; there are ${this.names().join(", ")}`);
    }
    return found[0]?.inputs ?? {};
  }

  names(): string[] {
    return this.resources.map(({ name }) => name);
  }

  newResource({ type, name, inputs }: pulumi.runtime.MockResourceArgs) {
    const known = plain(inputs) as Record<string, unknown>;
    this.resources.push({ type, name, inputs: known });
    return { id: idOf(type, name), state: { ...known, ...outputsOf(type, name) } };
  }

  call({ token, inputs }: pulumi.runtime.MockCallArgs): Record<string, unknown> {
    const known = plain(inputs) as Record<string, unknown>;
    this.calls.push({ token, inputs: known, declared: this.resources.map(({ type }) => type) });
    this.onCall(token);
    return answerOf(token, known);
  }
}

/** Authentik's providers and users have numbers for ids, its other objects uuids. */
function idOf(type: string, name: string): string {
  return /providerOauth2|user:User/.test(type) ? "7" : `id-of-${name}`;
}

function outputsOf(type: string, name: string): Record<string, unknown> {
  switch (type) {
    case "authentik:index/providerOauth2:ProviderOauth2":
      return { clientSecret: "client-secret-value" };
    case "authentik:index/application:Application":
    case "authentik:index/flow:Flow":
    case "onepassword:index/item:Item":
      return { uuid: `uuid-of-${name}` };
    case "authentik:index/token:Token":
      return { key: "app-password-value" };
    case "command:remote:Command":
      return { stdout: "" };
    case "zot-access:index:ZotApiKey":
      return {
        key: name === "pusher-zot-ci-api-key" ? "zak_minted-value" : `zak_${name}`,
        createdAt: "2026-01-01T00:00:00Z",
        expiresAt: "2026-04-01T00:00:00Z",
        adopted: false,
      };
    case "zot-access:index:KeyHistory":
      return { former: [{ uuid: "the key before" }] };
    case "zot-access:index:AccessProof":
      return { answers: 42 };
    default:
      return {};
  }
}

function answerOf(token: string, inputs: Record<string, unknown>): Record<string, unknown> {
  switch (token) {
    case "onepassword:index/getItem:getItem":
      // As the provider says it; the program makes this item itself.
      if (/^[a-z]+-ci-apikey$/.test(String(inputs["title"]))) {
        throw providerError(`Found 0 item(s) in vault "v" with title "${String(inputs["title"])}"`);
      }
      return item(String(inputs["title"] ?? inputs["uuid"]));
    case START:
      return {};
    default:
      throw new Error(`nobody answers ${token}`);
  }
}

/** What a provider says reaches the program in the details of a gRPC error. */
export function providerError(details: string): Error {
  return Object.assign(new Error(), { details });
}

function item(title: string): Record<string, unknown> {
  const fields = ["api-token", "argocd_token", "key"].map((label) => [
    label,
    { id: label, type: "CONCEALED", value: `${title} ${label}` },
  ]);
  return {
    title,
    sectionMap: { tokens: { id: "tokens", fieldMap: Object.fromEntries(fields) as unknown, fileMap: {} } },
  };
}

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  if (SPECIAL in value && "value" in value) return plain(value.value);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}
