import { setTimeout as delay } from "node:timers/promises";
import { parseDocument } from "yaml";
import { z } from "zod";

/*
 * Puts an installation's blueprint into Authentik as its operator would, over the API that the real one and the stand-in both have.
 */
const instance = z.looseObject({ pk: z.string(), status: z.string() });
const listed = z.looseObject({ results: z.array(z.record(z.string(), z.unknown())) });
const client = z.looseObject({
  client_id: z.string(),
  client_secret: z.string(),
  grant_types: z.array(z.string()).optional(),
});
const application = z.looseObject({ provider: z.number().nullable() });
const pk = z.looseObject({ pk: z.union([z.string(), z.number()]) });

const PATIENCE_MS = 120_000;

export interface Client {
  readonly id: string;
  readonly secret: string;
}

export class AuthentikSetUp {
  constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  /** @returns what takes it away again, with all that it made */
  async blueprint(name: string, content: string): Promise<() => Promise<void>> {
    const made = instance.parse(
      await this.send("POST", "managed/blueprints/", { name, path: "", content, enabled: true }),
    );
    await this.applied(made.pk, name);
    return async () => {
      await this.send("PATCH", `managed/blueprints/${made.pk}/`, { content: withoutAll(content) });
      await this.applied(made.pk, name);
      await this.send("DELETE", `managed/blueprints/${made.pk}/`);
    };
  }

  /** The real one applies it in a task of its own. */
  private async applied(id: string, name: string): Promise<void> {
    await this.send("POST", `managed/blueprints/${id}/apply/`, {});
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      const { status } = instance.parse(await this.send("GET", `managed/blueprints/${id}/`));
      if (status === "successful") return;
      if (status === "error" || Date.now() > end)
        throw new Error(`Authentik did not apply the blueprint of "${name}": ${status}`);
      await delay(500);
    }
  }

  /** The OIDC client of an application; a usual one is made where nothing of that slug is there, since zot could not start without. */
  async clientOf(slug: string, registryUrl: string, secret: string): Promise<Client> {
    const path = `core/applications/${slug}/`;
    const app = application.safeParse(await this.find(path));
    const provider = app.data?.provider ?? (await this.makeClient(slug, registryUrl, secret));
    const {
      client_id: id,
      client_secret,
      grant_types,
    } = client.parse(await this.send("GET", `providers/oauth2/${provider}/`));
    // People log in with it: it is from before 2026.5, whose migration gave every provider that was there what it used.
    if (grant_types?.length === 0) {
      const used = { grant_types: ["authorization_code", "refresh_token"] };
      await this.send("PATCH", `providers/oauth2/${provider}/`, used);
    }
    return { id, secret: client_secret };
  }

  private async makeClient(slug: string, registryUrl: string, secret: string): Promise<number> {
    const flow = async (name: string) => this.only(`flows/instances/?slug=${name}`);
    const scopes = await Promise.all(
      ["openid", "email", "profile"].map((name) =>
        this.only(`propertymappings/provider/scope/?managed=goauthentik.io/providers/oauth2/scope-${name}`),
      ),
    );
    const made = pk.parse(
      await this.send("POST", "providers/oauth2/", {
        name: slug,
        client_id: slug,
        client_secret: secret,
        client_type: "confidential",
        authorization_flow: await flow("default-provider-authorization-implicit-consent"),
        invalidation_flow: await flow("default-provider-invalidation-flow"),
        grant_types: ["authorization_code", "refresh_token"],
        redirect_uris: [{ matching_mode: "strict", url: `${registryUrl}/zot/auth/callback/oidc` }],
        signing_key: await this.only("crypto/certificatekeypairs/?name=authentik+Self-signed+Certificate"),
        property_mappings: scopes,
      }),
    );
    await this.send("POST", "core/applications/", { name: slug, slug, provider: made.pk });
    return Number(made.pk);
  }

  /** Gives a user a password to log in with, as an admin would. */
  async setPassword(username: string, password: string): Promise<void> {
    const user = await this.only(`core/users/?username=${encodeURIComponent(username)}`);
    await this.send("POST", `core/users/${user}/set_password/`, { password });
  }

  private async only(path: string): Promise<string | number> {
    const { results } = listed.parse(await this.send("GET", path));
    const [one] = results;
    if (!one)
      throw new Error(`Authentik has nothing at ${path.split("?", 1)[0] ?? ""} that the installation needs`);
    return pk.parse(one).pk;
  }

  private async find(path: string): Promise<unknown> {
    const answer = await this.ask("GET", path);
    return answer.status === 404 ? undefined : answer.body;
  }

  private async send(method: string, path: string, body?: object): Promise<unknown> {
    const answer = await this.ask(method, path, body);
    if (answer.status < 300) return answer.body;
    throw new Error(
      `Authentik answered ${answer.status} to ${method} ${path}: ${JSON.stringify(answer.body)}`,
    );
  }

  private async ask(method: string, path: string, body?: object): Promise<{ status: number; body: unknown }> {
    const answer = await fetch(`${this.url}/api/v3/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body && { "content-type": "application/json" }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === "" ? undefined : (JSON.parse(text) as unknown) };
  }
}

/** The same blueprint with everything of it gone, the last made first. */
function withoutAll(content: string): string {
  const document = parseDocument(content, { logLevel: "silent" });
  const entries = document.get("entries") as { items: { set(key: string, value: string): void }[] };
  for (const entry of entries.items) entry.set("state", "absent");
  entries.items.reverse();
  return document.toString();
}
