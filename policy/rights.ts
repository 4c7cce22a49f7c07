import { ownScript } from "./deploy-script";
import type { AccessControl, Policy } from "../systems/zot/access";
import { accessControlOf } from "../systems/zot/config/access-control";
import { formatOf, repeatedNames, tryParseConfig } from "../systems/zot/config/read";
import type { Access } from "../systems/zot/grants";
import { accessControl } from "../systems/zot/rules";
import { type Declared, type Inputs, isMap, isUnknown, textOf } from "./declared";
import { types } from "./types";

/** Who may do what, as one of the stack's resources has it. */
export interface Rights {
  readonly resource: Declared;
  /** Which of the resource's texts it is, for messages. */
  readonly where: string;
  /** Undefined: there is none, so that zot lets everybody do everything, or it cannot be read. */
  readonly control: AccessControl | undefined;
  /** Why there is none. */
  readonly trouble?: string;
}

/** systems/host/payload.ts, applyCommand and restoreCommand. A text around it could change what the script reads. */
const HOST_COMMAND = /^exec \/bin\/sh -s (?:apply [\w.-]+(?: [\w.-]+)?|restore) # zot-access$/;
const SPEAKS_OF_DEPLOY = /# zot-access\b|\bZA_[A-Z]/;
const COMMANDS = ["create", "update", "delete"] as const;
const CONFIGS = { ZA_CONFIG: "zot's config", ZA_FALLBACK: "zot's config for while the issuer is away" };

/** The access control that a resource carries: in the configs that a deploy brings to the host, and as the proof's model. */
export function rightsOf(resource: Declared): Rights[] {
  const { inputs, type } = resource;
  if (type === types.accessProof && isMap(inputs["access"])) {
    const access = inputs["access"] as unknown as Access;
    return [modelled(resource, () => accessControl(access))];
  }
  return type === types.command && isDeploy(resource) ? deployed(resource) : [];
}

/** What reads a script from its standard input is one, whatever it is called, and so is what names a part of a deploy. */
function isDeploy({ inputs }: Declared): boolean {
  if (isUnknown(inputs, "stdin")) return false; // it is judged when it is known
  return (
    inputs["stdin"] != null || COMMANDS.some((name) => SPEAKS_OF_DEPLOY.test(textOf(inputs[name]) ?? ""))
  );
}

/** Why a remote command is not this project's deploy; undefined where its commands and its script are, byte for byte. */
export function foreignDeploy(inputs: Inputs): string | undefined {
  const foreign = COMMANDS.filter((name) => {
    const text = textOf(inputs[name]);
    return text !== undefined && !HOST_COMMAND.test(text);
  });
  if (foreign.length > 0)
    return `runs a command in ${foreign.join(", ")} that is not this project's own, so its effect is unknown; see systems/host/payload.ts`;
  if (ownScript(textOf(inputs["stdin"]) ?? "")) return undefined;
  return "brings a script that is not this project's own, which may bring another config than the one that stands before it; see systems/host/scripts.ts";
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
  // zot drops an access control in which there is nothing (docs/zot-measured.md).
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

/** What somebody may do in some of the registry's repositories. */
export interface Grant {
  readonly glob: string;
  readonly who: readonly string[];
  readonly actions: readonly string[];
}

/** Every policy of an access control that speaks of one of the users or groups, or of a group that it puts one of the users into. */
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

/** `lets CI update, delete in **, blumeops/**`: one line for all repositories where it is the same. */
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
