import { readAssignments } from "../systems/host/shell";
import { accessControl, type AccessControl, type AccessTiers, type Policy } from "../systems/zot/access";
import { type Declared, isMap, textOf } from "./declared";
import { types } from "./types";

/** Who may do what, as one of the stack's resources has it. */
export interface Rights {
  readonly resource: Declared;
  /** Which of the resource's texts it is, for messages. */
  readonly where: string;
  /** Undefined: there is none, so that zot lets everybody do everything, or it cannot be read. */
  readonly control: AccessControl | undefined;
}

/** systems/host/payload.ts, applyCommand and restoreCommand. */
const DEPLOY = /# zot-access\b/;
const CONFIGS = { ZA_CONFIG: "zot's config", ZA_FALLBACK: "zot's config for while the issuer is away" };

/** The access control that a resource carries: in the configs that a deploy brings to the host, and as the proof's model. */
export function rightsOf(resource: Declared): Rights[] {
  const { inputs, type } = resource;
  if (type === types.accessProof && isMap(inputs["access"])) {
    const tiers = inputs["access"] as unknown as AccessTiers;
    const version = textOf(inputs["zotVersion"]) ?? "";
    return [{ resource, where: "the access matrix", control: safely(() => accessControl(tiers, version)) }];
  }
  const stdin = textOf(inputs["stdin"]);
  if (type !== types.command || stdin === undefined) return [];
  // Not known yet: it may be one.
  const create = textOf(inputs["create"]);
  if (create !== undefined && !DEPLOY.test(create)) return [];
  const sent = readAssignments(stdin);
  return Object.entries(CONFIGS).map(([name, where]) => ({
    resource,
    where,
    control: safely(() => controlOf(JSON.parse(sent[name] ?? ""))),
  }));
}

/** What somebody may do in some of the registry's repositories. */
export interface Grant {
  readonly glob: string;
  readonly who: readonly string[];
  readonly actions: readonly string[];
}

/** Every policy of an access control that speaks of one of the users or groups. */
export function grantsTo(
  { repositories, adminPolicy }: AccessControl,
  whom: { readonly users: readonly string[]; readonly groups: readonly string[] },
): Grant[] {
  const policies: [string, Policy][] = Object.entries(repositories).flatMap(([glob, policy]) =>
    (policy.policies ?? []).map((each): [string, Policy] => [glob, each]),
  );
  if (adminPolicy) policies.push(["every repository", adminPolicy]);
  return policies.flatMap(([glob, { actions, users = [], groups = [] }]) => {
    const who = [
      ...users.filter((name) => whom.users.includes(name)),
      ...groups.filter((name) => whom.groups.includes(name)),
    ];
    return who.length > 0 ? [{ glob, who, actions }] : [];
  });
}

/** `lets CI update, delete in **, blumeops/**`: one line for all repositories where it is the same. */
export function sayGrants(grants: readonly Grant[], harmful: (action: string) => boolean): string[] {
  const globs = new Map<string, string[]>();
  for (const { glob, who, actions } of grants) {
    const wrong = actions.filter(harmful);
    if (wrong.length === 0) continue;
    const line = `lets ${who.join(", ")} ${wrong.join(", ")} in`;
    globs.set(line, [...(globs.get(line) ?? []), glob]);
  }
  return [...globs].map(([line, places]) => `${line} ${places.join(", ")}`);
}

function controlOf(config: unknown): AccessControl | undefined {
  const { http } = config as { http?: { accessControl?: Partial<AccessControl> } };
  const control = http?.accessControl;
  return control?.repositories && { ...control, repositories: control.repositories };
}

function safely<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
