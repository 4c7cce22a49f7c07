import type { Authentik } from "../../../rehearsal/authentik";

export const TOKEN = "bootstrap-token-of-the-tests";

export interface Answer {
  status: number;
  body: Record<string, unknown>;
}

/** Authentik's REST API as a client with the bootstrap token sees it. */
export class Api {
  constructor(
    private readonly url: string,
    /** null: none is sent. */
    private readonly token: string | null = TOKEN,
  ) {}

  get = (path: string) => this.send("GET", path);
  post = (path: string, body: unknown) => this.send("POST", path, body);
  put = (path: string, body: unknown) => this.send("PUT", path, body);
  patch = (path: string, body: unknown) => this.send("PATCH", path, body);
  delete = (path: string) => this.send("DELETE", path);

  /** The object that a POST made. */
  async create(path: string, body: object): Promise<Record<string, unknown>> {
    const { status, body: made } = await this.post(path, body);
    if (status !== 201) throw new Error(`POST ${path}: ${status} ${JSON.stringify(made)}`);
    return made;
  }

  /** The one object that a list holds under a filter. */
  async only(path: string): Promise<Record<string, unknown>> {
    const results = (await this.get(path)).body["results"] as Record<string, unknown>[];
    const [one, second] = results;
    if (!one || second) throw new Error(`GET ${path}: ${results.length} results`);
    return one;
  }

  private async send(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await fetch(`${this.url}/api/v3/${path}`, {
      method,
      redirect: "manual",
      headers: {
        ...(this.token !== null && { Authorization: `Bearer ${this.token}` }),
        ...(body !== undefined && { "Content-Type": "application/json" }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: (text === "" ? {} : JSON.parse(text)) as Answer["body"] };
  }
}

export interface Declared {
  clientId: string;
  clientSecret: string;
  flowSlug: string;
  appPassword: string;
  ciUser: number;
  application: string;
  provider: number;
  writers: string;
  sessionBinding: string;
}

/** Declares over the REST API what components/registry-identity.ts and components/ci-login.ts declare. */
export async function declareRegistry(
  { url }: Pick<Authentik, "url">,
  registryUrl: string,
  provider: Record<string, unknown> = {},
): Promise<Declared> {
  const api = new Api(url);
  const flow = async (slug: string) => (await api.only(`flows/instances/?slug=${slug}`))["pk"];
  const scopes = ["openid", "email", "profile"].map(
    (s) => `managed=goauthentik.io/providers/oauth2/scope-${s}`,
  );
  const mappings = (await api.get(`propertymappings/provider/scope/?${scopes.join("&")}`)).body;
  const key = await api.only("crypto/certificatekeypairs/?name=authentik+Self-signed+Certificate");
  const admins = await api.only("core/groups/?name=admins&include_users=false");
  const client = await api.create("providers/oauth2/", {
    name: "zot",
    client_id: "zot",
    authorization_flow: await flow("default-provider-authorization-implicit-consent"),
    invalidation_flow: await flow("default-provider-invalidation-flow"),
    grant_types: ["authorization_code", "refresh_token"],
    redirect_uris: [
      {
        matching_mode: "strict",
        url: `${registryUrl}/zot/auth/callback/oidc`,
        redirect_uri_type: "authorization",
      },
    ],
    property_mappings: (mappings["results"] as { pk: string }[]).map(({ pk }) => pk),
    signing_key: key["pk"],
    ...provider,
  });
  const app = await api.create("core/applications/", {
    name: "Registry",
    slug: "zot",
    provider: client["pk"],
  });
  const writers = await api.create("core/groups/", { name: "artifact-workloads" });
  const user = await api.create("core/users/", {
    username: "zot-ci",
    name: "zot-ci",
    type: "service_account",
    groups: [writers["pk"]],
  });
  for (const group of [admins, writers]) {
    await api.create("policies/bindings/", { target: app["pk"], group: group["pk"], order: 0 });
  }
  const sessionBinding = await declareLoginFlow(api, user["pk"]);
  await api.create("core/tokens/", {
    identifier: "zot-ci-app-password",
    user: user["pk"],
    intent: "app_password",
    expiring: false,
  });
  return {
    clientId: client["client_id"] as string,
    clientSecret: client["client_secret"] as string,
    flowSlug: "zot-ci-authentication",
    appPassword: (await api.get("core/tokens/zot-ci-app-password/view_key/")).body["key"] as string,
    ciUser: user["pk"] as number,
    application: app["pk"] as string,
    provider: client["pk"] as number,
    writers: writers["pk"] as string,
    sessionBinding,
  };
}

async function declareLoginFlow(api: Api, user: unknown): Promise<string> {
  const flow = await api.create("flows/instances/", {
    name: "zot-ci login",
    title: "zot-ci login",
    slug: "zot-ci-authentication",
    designation: "authentication",
    authentication: "none",
  });
  const password = await api.create("stages/password/", {
    name: "zot-ci app password",
    backends: ["authentik.core.auth.TokenBackend"],
  });
  const identification = await api.create("stages/identification/", {
    name: "zot-ci identification",
    user_fields: ["username"],
    password_stage: password["pk"],
  });
  const session = await api.create("stages/user_login/", {
    name: "zot-ci session",
    session_duration: "minutes=10",
  });
  await api.create("flows/bindings/", { target: flow["pk"], stage: identification["pk"], order: 10 });
  const last = await api.create("flows/bindings/", {
    target: flow["pk"],
    stage: session["pk"],
    order: 100,
    evaluate_on_plan: false,
    re_evaluate_policies: true,
  });
  await api.create("policies/bindings/", { target: last["pk"], user, order: 0 });
  return last["pk"] as string;
}
