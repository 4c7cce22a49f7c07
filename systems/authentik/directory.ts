import { z } from "zod";

export interface DirectoryUser {
  readonly pk: number;
  readonly username: string;
  readonly isActive: boolean;
  /** By one of the groups, or one above them: manages Authentik, and so everybody's groups. */
  readonly isSuperuser: boolean;
  /** `internal`, `external`, `service_account` or `internal_service_account`. */
  readonly type: string;
  /** Names of the groups that the user is in directly: what the claim `groups` holds. */
  readonly groups: readonly string[];
  /** RFC 3339; undefined: never. */
  readonly lastLogin: string | undefined;
}

/** Who is let in to an application by one binding. */
export interface DirectoryBinding {
  readonly who: { readonly group: string } | { readonly user: string } | { readonly policy: string };
  readonly enabled: boolean;
  readonly negate: boolean;
}

/** People and groups as Authentik has them now, and who may use one application. */
export interface Directory {
  readonly users: readonly DirectoryUser[];
  readonly groups: readonly string[];
  /** Undefined: there is no application of that slug. */
  readonly bindings: readonly DirectoryBinding[] | undefined;
}

/** Authentik did not tell. Holds no token and no body. */
export class DirectoryError extends Error {
  override readonly name = "DirectoryError";
}

const userSchema = z.looseObject({
  pk: z.number(),
  username: z.string(),
  is_active: z.boolean(),
  is_superuser: z.boolean(),
  type: z.string(),
  groups: z.array(z.string()),
  last_login: z.string().nullish(),
});
const groupSchema = z.looseObject({ pk: z.string(), name: z.string() });
const bindingSchema = z.looseObject({
  policy: z.string().nullable(),
  group: z.string().nullable(),
  user: z.number().nullable(),
  enabled: z.boolean(),
  negate: z.boolean().default(false),
});
const applicationSchema = z.looseObject({ pk: z.string() });
const pageSchema = z.looseObject({
  pagination: z.looseObject({ next: z.number() }),
  results: z.array(z.unknown()),
});

const TIMEOUT_MS = 10_000;
const PAGE_SIZE = 100;

/** Reads the directory over Authentik's REST API; changes nothing. @throws DirectoryError */
export async function readDirectory(url: string, token: string, slug: string): Promise<Directory> {
  const api = new Api(url, token);
  const [users, groups, application] = await Promise.all([
    api.list("core/users/", {}, userSchema),
    api.list("core/groups/", { include_users: "false" }, groupSchema),
    api.find(`core/applications/${encodeURIComponent(slug)}/`, applicationSchema),
  ]);
  const bindings =
    application && (await api.list("policies/bindings/", { target: application.pk }, bindingSchema));
  const groupNames = new Map(groups.map(({ pk, name }) => [pk, name]));
  const userNames = new Map(users.map(({ pk, username }) => [pk, username]));
  return {
    users: users.map((user) => ({
      pk: user.pk,
      username: user.username,
      isActive: user.is_active,
      isSuperuser: user.is_superuser,
      type: user.type,
      groups: user.groups.flatMap((pk) => groupNames.get(pk) ?? []).sort(),
      lastLogin: user.last_login ?? undefined,
    })),
    groups: groups.map(({ name }) => name),
    bindings: bindings?.map(({ group, user, policy, enabled, negate }) => {
      if (group !== null) return { who: { group: groupNames.get(group) ?? group }, enabled, negate };
      if (user !== null) return { who: { user: userNames.get(user) ?? String(user) }, enabled, negate };
      return { who: { policy: policy ?? "none" }, enabled, negate };
    }),
  };
}

class Api {
  constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  async list<T extends z.ZodType>(
    path: string,
    filter: Record<string, string>,
    schema: T,
  ): Promise<z.output<T>[]> {
    const all: z.output<T>[] = [];
    for (let page = 1; page > 0;) {
      const query = new URLSearchParams({ ...filter, page: String(page), page_size: String(PAGE_SIZE) });
      const answer = this.parse(path, pageSchema, (await this.get(`${path}?${query.toString()}`)).json);
      all.push(...answer.results.map((result) => this.parse(path, schema, result)));
      page = answer.pagination.next;
    }
    return all;
  }

  /** Undefined where there is no such object. */
  async find<T extends z.ZodType>(path: string, schema: T): Promise<z.output<T> | undefined> {
    const { status, json } = await this.get(path, 404);
    return status === 404 ? undefined : this.parse(path, schema, json);
  }

  private async get(path: string, alsoFine?: number): Promise<{ status: number; json: unknown }> {
    const response = await fetch(`${this.url}/api/v3/${path}`, {
      headers: { Authorization: `Bearer ${this.token}`, Accept: "application/json" },
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch(() => {
      throw new DirectoryError(`Authentik at ${this.url} does not answer; see whether it is up`);
    });
    if (response.status !== 200 && response.status !== alsoFine) {
      throw new DirectoryError(
        `Authentik at ${this.url} answered ${response.status} to ${path.split("?")[0] ?? path}; ` +
          "the token at authentik.token needs the right to see users, groups, applications and bindings",
      );
    }
    return { status: response.status, json: await response.json().catch(() => undefined) };
  }

  private parse<T extends z.ZodType>(path: string, schema: T, value: unknown): z.output<T> {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    throw new DirectoryError(`Authentik at ${this.url} answered ${path} in a form that is not known`);
  }
}
