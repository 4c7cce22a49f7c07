import { randomBytes, randomInt, randomUUID } from "node:crypto";
import type {
  Blueprint,
  Flow,
  FlowStageBinding,
  Group,
  PolicyBinding,
  Role,
  Stage,
  Token,
  User,
} from "./objects";
import type { Application, KeyPair, Provider, ScopeMapping } from "./oauth-objects";
import { DEFAULT_RELEASE, type Flavour, FLAVOURS } from "./flavours";
import { Grants } from "./oidc/grants";

/** Everything that the stand-in holds; tests look into it. */
export class Store {
  readonly flows = new Map<string, Flow>();
  readonly stages = new Map<string, Stage>();
  readonly flowBindings = new Map<string, FlowStageBinding>();
  readonly policyBindings = new Map<string, PolicyBinding>();
  readonly groups = new Map<string, Group>();
  readonly users = new Map<number, User>();
  readonly tokens = new Map<string, Token>();
  readonly roles = new Map<string, Role>();
  readonly providers = new Map<number, Provider>();
  readonly applications = new Map<string, Application>();
  readonly keyPairs = new Map<string, KeyPair>();
  readonly blueprints = new Map<string, Blueprint>();
  readonly scopes = new Map<string, ScopeMapping>();
  /** The one brand; its API is not stood in for. */
  readonly brand: { flow_authentication: string | null } = { flow_authentication: null };
  readonly grants = new Grants();
  /** Logs a user out everywhere; whoever keeps the sessions sets it. */
  endSessions: (user: number) => void = () => undefined;
  private lastNumber = 0;

  constructor(readonly flavour: Flavour = FLAVOURS[DEFAULT_RELEASE]) {}

  /** Keys of providers and users count up and are never given twice, as a database's sequence. */
  nextNumber(): number {
    return ++this.lastNumber;
  }

  /** By which somebody logs in: a provider's own flow, else the brand's, else the first of them by its slug (brands and flows/views). */
  loginFlow(provider?: Provider): Flow | undefined {
    const own = [provider?.authentication_flow, this.brand.flow_authentication];
    const named = own.flatMap((pk) => this.flows.get(pk ?? "") ?? []);
    const all = [...this.flows.values()].filter(({ designation }) => designation === "authentication");
    return named[0] ?? all.sort((one, other) => (one.slug < other.slug ? -1 : 1))[0];
  }

  flowBySlug(slug: string): Flow | undefined {
    return find(this.flows, (flow) => flow.slug === slug);
  }

  userByName(username: string): User | undefined {
    return find(this.users, (user) => user.username === username);
  }

  applicationOf(provider: Provider): Application | undefined {
    return find(this.applications, (application) => application.provider === provider.pk);
  }

  /** A token that is in force, of one intent: an app password is no API token, nor the other way round. */
  liveToken(key: string, intent: Token["intent"]): Token | undefined {
    return find(this.tokens, (token) => token.key === key && token.intent === intent && !isExpired(token));
  }

  /** The user's groups and all groups above them. */
  allGroups(user: Pick<User, "groups">): Group[] {
    const found = new Map<string, Group>();
    const add = (pk: string) => {
      const group = this.groups.get(pk);
      if (!group || found.has(pk)) return;
      found.set(pk, group);
      group.parents.forEach(add);
    };
    user.groups.forEach(add);
    return [...found.values()];
  }

  /** Superusers may do all; others what a role says, their own or one of their groups. */
  may(pk: number, right: string): boolean {
    const user = this.users.get(pk);
    if (!user) return false;
    if (this.isSuperuser(user)) return true;
    const roles = [user, ...this.allGroups(user)].flatMap((each) => each.roles);
    return roles.some((role) => this.roles.get(role)?.permissions.includes(right) ?? false);
  }

  isSuperuserOf(pk: number): boolean {
    const user = this.users.get(pk);
    return user !== undefined && this.isSuperuser(user);
  }

  isSuperuser(user: Pick<User, "groups">): boolean {
    return this.allGroups(user).some((group) => group.is_superuser);
  }
}

function isExpired({ expiring, expires }: Token): boolean {
  return expiring && expires !== null && Date.parse(expires) <= Date.now();
}

export function find<Key, Row>(table: ReadonlyMap<Key, Row>, wanted: (row: Row) => boolean): Row | undefined {
  for (const row of table.values()) if (wanted(row)) return row;
  return undefined;
}

/** Removes every row that the deletion of another takes with it. */
export function removeWhere<Key, Row>(table: Map<Key, Row>, doomed: (row: Row) => boolean): Row[] {
  const removed: Row[] = [];
  for (const [key, row] of table) {
    if (!doomed(row)) continue;
    table.delete(key);
    removed.push(row);
  }
  return removed;
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Letters and digits only, as authentik/lib/generators.py makes ids and secrets. */
export function generateId(length: number): string {
  return Array.from({ length }, () => LETTERS[randomInt(LETTERS.length)]).join("");
}

export const newUuid = (): string => randomUUID();
export const newUid = (): string => randomBytes(32).toString("hex");
