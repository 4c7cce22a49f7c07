import { ownScript } from "./deploy-script";
import type { AccessControl, Policy } from "../systems/zot/access";
import { accessControlOf } from "../systems/zot/config/access-control";
import { formatOf, repeatedNames, tryParseConfig } from "../systems/zot/config/read";
import type { Access } from "../systems/zot/grants";
import { accessControl } from "../systems/zot/rules";
import { type Declared, type Inputs, isMap, isUnknown, textOf } from "./declared";
import { types } from "./types";

/** The rights in one of the stack's resources. */
export interface Rights {
  readonly resource: Declared;
  /** Which text of the resource it is, for messages. */
  readonly where: string;
  /** Undefined: there is none, so zot gives everybody all rights, or it cannot be read. */
  readonly control: AccessControl | undefined;
  /** Why there is none. */
  readonly trouble?: string;
}

/** systems/host/payload.ts, applyCommand and restoreCommand. Any text around it could change what the script reads. */
const HOST_COMMAND = /^exec \/bin\/sh -s (?:apply [\w.-]+(?: [\w.-]+)?|restore) # zot-access$/;
const SPEAKS_OF_DEPLOY = /# zot-access\b|\bZA_[A-Z]/;
const COMMANDS = ["create", "update", "delete"] as const;
const CONFIGS = { ZA_CONFIG: "zot's config", ZA_FALLBACK: "zot's config for while the issuer is away" };

/** The access control in a resource: in the configs that a deploy sends to the host, and as the proof's model. */
export function rightsOf(resource: Declared): Rights[] {
  const { inputs, type } = resource;
  if (type === types.accessProof && isMap(inputs["access"])) {
    const access = inputs["access"] as unknown as Access;
    return [modelled(resource, () => accessControl(access))];
  }
  return type === types.command && isDeploy(resource) ? deployed(resource) : [];
}

/** A command that reads a script from its standard input is a deploy, and so is one that contains a deploy's mark. */
function isDeploy({ inputs }: Declared): boolean {
  if (isUnknown(inputs, "stdin")) return false; // judged when it is known
  return (
    inputs["stdin"] != null || COMMANDS.some((name) => SPEAKS_OF_DEPLOY.test(textOf(inputs[name]) ?? ""))
  );
}

/** Why a remote command is not this project's deploy; undefined if its commands and its script match byte for byte. */
export function foreignDeploy(inputs: Inputs): string | undefined {
  const foreign = COMMANDS.filter((name) => {
    const text = textOf(inputs[name]);
    return text !== undefined && !HOST_COMMAND.test(text);
  });
  if (foreign.length > 0)
    return `runs a command in ${foreign.join(", ")} that is not this project's own, so its effect is unknown; see systems/host/payload.ts`;
  if (ownScript(textOf(inputs["stdin"]) ?? "")) return undefined;
  return "sends a script that is not this project's own, and may install another config than the one before it; see systems/host/scripts.ts";
}

function deployed(resource: Declared): Rights[] {
  const trouble = foreignDeploy(resource.inputs);
  if (trouble !== undefined) return [{ resource, where: "the deploy", control: undefined, trouble }];
  const values = ownScript(textOf(resource.inputs["stdin"]) ?? "") ?? {};
  return Object.entries(CONFIGS).map(([name, config]) => ({
    resource,
    where: config,
    ...controlIn(values[name] ?? "", values["ZA_NAME"] ?? ""),
  }));
}

const NO_CONTROL =
  "has no access control that can be read: without one zot gives everyone all rights; see systems/zot/rules.ts";

function controlIn(text: string, file: string): Pick<Rights, "control" | "trouble"> {
  const config = tryParseConfig(text, formatOf(file));
  const [twice] = repeatedNames(config);
  if (twice) {
    const trouble = `names ${twice.join(".")} twice, in another case: zot takes either of them; leave one`;
    return { control: undefined, trouble };
  }
  const control = accessControlOf(config);
  // zot drops an empty access control (docs/zot-measured.md).
  const says = control !== undefined && Object.keys(control.repositories).length > 0;
  return says ? { control } : { control: undefined, trouble: NO_CONTROL };
}

function modelled(resource: Declared, read: () => AccessControl): Rights {
  const where = "the access matrix";
  try {
    return { resource, where, control: read() };
  } catch {
    return { resource, where, control: undefined, trouble: NO_CONTROL };
  }
}

/** The rights of one subject in some of the registry's repositories. */
export interface Grant {
  readonly glob: string;
  readonly who: readonly string[];
  readonly actions: readonly string[];
}

/**
 * Every policy of an access control that names one of the users or groups, or a group to which it assigns one of the
 * users.
 */
export function grantsTo(
  { repositories, adminPolicy, groups: own = {} }: AccessControl,
  {
    users: names,
    groups: outside,
  }: { readonly users: readonly string[]; readonly groups: readonly string[] },
): Grant[] {
  const inside = Object.entries(own).filter(([, { users }]) => users.some((user) => names.includes(user)));
  const whom = { users: names, groups: [...outside, ...inside.map(([name]) => name)] };
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

/** `lets CI update, delete in **, blumeops/**`: one line for all repositories with the same rights. */
export function describeGrants(grants: readonly Grant[], harmful: (action: string) => boolean): string[] {
  const globs = new Map<string, string[]>();
  for (const { glob, who, actions } of grants) {
    const wrong = actions.filter(harmful);
    if (wrong.length === 0) continue;
    const line = `lets ${who.join(", ")} ${wrong.join(", ")} in`;
    globs.set(line, [...(globs.get(line) ?? []), glob]);
  }
  return [...globs].map(([line, places]) => `${line} ${places.join(", ")}`);
}
