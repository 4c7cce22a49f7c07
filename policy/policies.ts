import type { ResourceValidationArgs, ResourceValidationPolicy } from "@pulumi/policy";
import { bare, type Declared, isMap, revealed } from "./declared";
import { PlainSecrets } from "./plain-secrets";
import type { Options, Rule } from "./rule";
import { rules } from "./rules";
import { type HostSettings, stackSettings } from "./stack-settings";

type Args = Pick<ResourceValidationArgs, "urn" | "type" | "name" | "props" | "opts">;

/**
 * The rules in Pulumi's format, with the resources that one run has declared so far.
 *
 * @param environment of the pack's process, which contains the stack's settings
 */
export function policies(environment: NodeJS.ProcessEnv): ResourceValidationPolicy[] {
  const declared = new DeclaredSoFar();
  let known: HostSettings | undefined;
  const settings = () => (known ??= stackSettings(environment));
  return [...rules(settings).map((rule) => policyOf(rule, declared)), noPlainSecret(new PlainSecrets())];
}

class DeclaredSoFar {
  private readonly all: Declared[] = [];

  /** Each rule is called for each resource; only the first call adds an entry. */
  upTo(args: Args): { resource: Declared; declared: readonly Declared[] } {
    const known = this.all.at(-1);
    const resource = known?.urn === args.urn ? known : read(args);
    if (resource !== known) this.all.push(resource);
    return { resource, declared: this.all };
  }
}

function policyOf(rule: Rule, soFar: DeclaredSoFar): ResourceValidationPolicy {
  return {
    name: rule.name,
    description: rule.description,
    ...(rule.configSchema && { configSchema: rule.configSchema }),
    validateResource: (args, report) => {
      const { resource, declared } = soFar.upTo(args);
      for (const problem of rule.check(resource, declared, args.getConfig<Options>())) report(problem);
    },
  };
}

/**
 * Validations receive secrets unwrapped; remediations, which run before them and may change what they receive, do
 * not. So a remediation without changes reads the resource, and the validation of the same policy reports.
 */
function noPlainSecret(secrets: PlainSecrets): ResourceValidationPolicy {
  const found = new Map<string, string[]>();
  return {
    name: "no-plain-secret",
    description: "No input has a plain-text secret.",
    enforcementLevel: "remediate",
    remediateResource: (args) => {
      const inputs = bare(args.props);
      found.set(
        args.urn,
        secrets.declare({ urn: args.urn, type: args.type, inputs: isMap(inputs) ? inputs : {} }),
      );
    },
    validateResource: ({ urn }, report) => {
      const problems = found.get(urn) ?? ['it was not checked: leave this policy at the level "remediate"'];
      for (const problem of problems) report(problem);
    },
  };
}

function read({ urn, type, name, opts, props }: Args): Declared {
  const inputs = revealed(bare(props));
  return { urn, type, name, protect: opts.protect, inputs: isMap(inputs) ? inputs : {} };
}
