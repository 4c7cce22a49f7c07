import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import type { RealAuthentik } from "../../real/authentik";
import type { AuthentikCalls } from "../../real/authentik-calls";
import { blueprintNames } from "../../real/names";
import { type Named, textOf } from "../../real/objects";

/*
 * Puts an installation's blueprint into Authentik as its operator would, over the API that the real one and the stand-in both have.
 */
const instance = z.looseObject({ pk: z.string(), status: z.string() });
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
  /** @param real undefined: it is the rehearsal's own, which ends with it */
  constructor(
    private readonly calls: AuthentikCalls,
    private readonly real: RealAuthentik | undefined,
  ) {}

  async blueprint(name: string, content: string): Promise<void> {
    const objects = this.real ? await this.toMake(this.real, content) : [];
    await this.make([{ kind: "managed/blueprints/", name }, ...objects], async () => {
      const made = instance.parse(
        await this.calls.send("POST", "managed/blueprints/", { name, path: "", content, enabled: true }),
      );
      await this.applied(made.pk, name);
    });
  }

  /** Not those that are there already, and that the blueprint leaves as they are. */
  private async toMake(real: RealAuthentik, content: string): Promise<Named[]> {
    const all = blueprintNames(content);
    const there = await Promise.all(all.map(async (each) => each.onlyNamed && real.has(each)));
    return all.filter((_each, index) => !there[index]).map(({ kind, name }) => ({ kind, name }));
  }

  /** The real one applies it in a task of its own. */
  private async applied(id: string, name: string): Promise<void> {
    await this.calls.send("POST", `managed/blueprints/${id}/apply/`, {});
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      const { status } = instance.parse(await this.calls.send("GET", `managed/blueprints/${id}/`));
      if (status === "successful") return;
      if (status === "error" || Date.now() > end)
        throw new Error(`Authentik did not apply the blueprint of "${name}": ${status}`);
      await delay(500);
    }
  }

  /** The OIDC client of an application; a usual one is made where nothing of that slug is there, since zot could not start without. */
  async clientOf(slug: string, registryUrl: string, secret: string): Promise<Client> {
    const app = application.safeParse(await this.calls.find(`core/applications/${slug}/`));
    if (app.success) this.requireOwn({ kind: "core/applications/", name: slug });
    const provider = app.data?.provider ?? (await this.makeClient(slug, registryUrl, secret));
    const {
      client_id: id,
      client_secret,
      grant_types,
    } = client.parse(await this.calls.send("GET", `providers/oauth2/${provider}/`));
    // People log in with it: it is from before 2026.5, whose migration gave every provider that was there what it used.
    if (grant_types?.length === 0) {
      const used = { grant_types: ["authorization_code", "refresh_token"] };
      await this.calls.send("PATCH", `providers/oauth2/${provider}/`, used);
    }
    return { id, secret: client_secret };
  }

  private makeClient(slug: string, registryUrl: string, secret: string): Promise<number> {
    const objects: Named[] = [
      { kind: "core/applications/", name: slug },
      { kind: "providers/oauth2/", name: slug },
    ];
    return this.make(objects, async () => {
      const flow = async (name: string) => this.only(`flows/instances/?slug=${name}`);
      const scopes = await Promise.all(
        ["openid", "email", "profile"].map((name) =>
          this.only(`propertymappings/provider/scope/?managed=goauthentik.io/providers/oauth2/scope-${name}`),
        ),
      );
      const made = pk.parse(
        await this.calls.send("POST", "providers/oauth2/", {
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
      await this.calls.send("POST", "core/applications/", { name: slug, slug, provider: made.pk });
      return Number(made.pk);
    });
  }

  /** Gives a user a password to log in with, as an admin would. */
  async setPassword(username: string, password: string): Promise<void> {
    this.requireOwn({ kind: "core/users/", name: username });
    const user = await this.only(`core/users/?username=${encodeURIComponent(username)}`);
    await this.calls.send("POST", `core/users/${user}/set_password/`, { password });
  }

  private make<T>(objects: readonly Named[], work: () => Promise<T>): Promise<T> {
    return this.real ? this.real.make(objects, work) : work();
  }

  /** @throws Error for what somebody else has in a real Authentik */
  private requireOwn(object: Named): void {
    if (this.real?.owns(object) === false)
      throw new Error(
        `${this.calls.url} has ${textOf(object)}, which this rehearsal did not make: it changes nothing of anybody else's`,
      );
  }

  private async only(path: string): Promise<string | number> {
    const one = await this.calls.first(path);
    if (one === undefined)
      throw new Error(`Authentik has nothing at ${path.split("?", 1)[0] ?? ""} that the installation needs`);
    return one;
  }
}
