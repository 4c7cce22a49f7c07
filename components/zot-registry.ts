import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { changesSince, compareHost, observedConfig } from "../systems/host/drift";
import { applyCommand, applyInput, parseOutcome, restoreCommand } from "../systems/host/payload";
import type {
  ApplyResult,
  Comparison,
  Danger,
  DesiredHost,
  HostLayout,
  HostState,
  SshServer,
  SshTarget,
} from "../systems/host/types";
import { sameBytes } from "../systems/host/files";
import { refuseDangers } from "../systems/host/dangers";
import { formatJson, withoutRevision } from "../systems/host/revision";
import { consequencesText, type Intent } from "../systems/zot/config/consequences";
import { tryParseConfig } from "../systems/zot/config/read";
import {
  credentialForms,
  keepText,
  renderConfig,
  renderFallbackConfig,
  type ZotConfigArgs,
} from "../systems/zot/config/render";
import { atLeast, MINIMUM, weaknesses } from "../systems/zot/version";
import { COMPONENT } from "../systems/pulumi/types";
import { printableLines } from "../systems/text";

export interface ZotRegistryArgs {
  readonly ssh: SshTarget;
  readonly layout: HostLayout;
  /** The result of the probe; undefined if the host could not be asked, and drift is unknown. */
  readonly observed: HostState | undefined;
  /** zot's config as the last deploy sent it, to compare with if the host could not be asked. */
  readonly deployed?: string | undefined;
  /** The arguments of the config. Secret if the operator's own config contains secrets. */
  readonly config: ZotConfigArgs;
  /** What the settings ask for; the consequences of a change are judged by it. */
  readonly intent?: Pick<Intent, "groups" | "users" | "metrics" | "closesLogin">;
  readonly clientId: pulumi.Input<string>;
  readonly clientSecret: pulumi.Input<string>;
  readonly allow: readonly Danger[];
  /** Whether a destroy restores the config from before the first deploy, instead of leaving the registry as it is. */
  readonly restoreOnDestroy: boolean;
}

/**
 * Refuses what could not be deployed, before any resource is declared: a zot that is too old to be safe, a config
 * that cannot be rendered for it, a change that would harm the registry's users. It does not need the client's
 * secret.
 *
 * @throws Error that says what to change; nothing has been changed by then.
 */
export function checkRegistry(args: Omit<ZotRegistryArgs, "clientId" | "clientSecret">): void {
  const { zotVersion } = args.config;
  if (!atLeast(zotVersion, MINIMUM)) {
    throw new Error(
      `zot ${zotVersion} on ${args.ssh.host} is older than ${MINIMUM}, where CI could overwrite the tag latest; upgrade it first`,
    );
  }
  applyInput(args.layout, render(args, "client id", "client secret"));
  beforehand(args);
}

/** The comparison before the client id and secret are known; no config contains them. */
function beforehand(args: Omit<ZotRegistryArgs, "clientId" | "clientSecret">): Comparison {
  const desired = render(args, "client id", "client secret");
  if (args.observed) return compareHost(args.layout, desired, args.observed);
  const before = args.deployed === undefined ? undefined : tryParseConfig(args.deployed, "json");
  return {
    inSync: false,
    generation: "unknown",
    consequences: before ? refuseDangers(desired, before).map(({ text }) => text) : [],
    diff: changesSince(args.deployed, desired),
    report: [],
    warnings: [],
  };
}

/**
 * zot's config and credentials on its host: one transaction, executed and proven by systems/host/remote/apply.sh in
 * one SSH session.
 */
export class ZotRegistry extends pulumi.ComponentResource {
  /** The result of the last deploy: unchanged, reloaded or restarted, and the serving gap. */
  readonly result: pulumi.Output<ApplyResult | undefined>;
  /** Changes with every deploy. */
  readonly deployed: pulumi.Output<string>;

  constructor(name: string, args: ZotRegistryArgs, opts?: pulumi.ComponentResourceOptions) {
    super(COMPONENT.zotRegistry, name, {}, opts);
    this.tell(args);
    const desired = pulumi
      .all([args.clientId, args.clientSecret])
      .apply(([clientId, clientSecret]) => render(args, clientId, clientSecret));
    const comparison = desired.apply((host) => this.compare(args, host));
    // Part of the command, and not secret: drift changes it, so the plan shows a deploy.
    const generation = pulumi.unsecret(comparison.apply((found) => found.generation));
    const push = new command.remote.Command(
      `${name}-config`,
      {
        connection: connection(args.ssh),
        create: generation.apply((token) => applyCommand(token, args.config.zotVersion)),
        stdin: pulumi.secret(desired.apply((host) => applyInput(args.layout, host))),
        ...(args.restoreOnDestroy && { delete: restoreCommand() }),
        logging: "none",
        addPreviousOutputInEnv: false,
      },
      {
        parent: this,
        // Without a probe of the host, a new token would show a spurious change. Changes of the settings still show, in stdin.
        ignoreChanges: args.observed ? [] : ["create"],
      },
    );
    // Some SSH servers always report success, so the script's last line decides.
    this.result = push.stdout.apply(outcomeOf);
    this.deployed = push.create.apply((text) => text ?? "");
    this.registerOutputs({ result: this.result });
  }

  /** Logs the consequences first, then the diff; also before Authentik has created the client. */
  private tell(args: ZotRegistryArgs): void {
    const { consequences, diff, warnings } = beforehand(args);
    if (consequences.length > 0) {
      void pulumi.log.info(printableLines(consequencesText(consequences)), this);
    }
    if (diff.length > 0) {
      const from = args.observed ? "on the host" : "as last deployed";
      void pulumi.log.info(
        printableLines([`zot's config, from the one ${from} to the desired one:`, ...diff].join("\n")),
        this,
      );
    }
    for (const warning of [...warnings, ...(args.observed ? weaknesses(args.config.zotVersion) : [])]) {
      void pulumi.log.warn(printableLines(warning), this);
    }
  }

  private compare(args: ZotRegistryArgs, desired: DesiredHost): Comparison {
    const comparison = args.observed ? compareHost(args.layout, desired, args.observed) : beforehand(args);
    if (comparison.report.length > 0)
      void pulumi.log.info(printableLines(comparison.report.join("\n")), this);
    return comparison;
  }
}

/** A preview may see the output of a deploy that was rolled back. It must not fail: it plans the next deploy. */
function outcomeOf(stdout: string): ApplyResult | undefined {
  try {
    return parseOutcome(stdout);
  } catch (error) {
    if (pulumi.runtime.isDryRun()) return undefined;
    throw error;
  }
}

function render(
  { config, allow, deployed, intent, observed }: Omit<ZotRegistryArgs, "clientId" | "clientSecret">,
  clientId: string,
  clientSecret: string,
): DesiredHost {
  const there = observed ? observedConfig(observed) : tryParseConfig(deployed ?? "", "json");
  const text = keepText(renderConfig(config), there && formatJson(withoutRevision(there)));
  return {
    config: text,
    fallbackConfig: renderFallbackConfig(text),
    // Credentials with the same content in another format are not rewritten, so zot is not restarted.
    credentials: sameBytes(credentialForms({ clientId, clientSecret }), observed?.credentialsDigest),
    issuer: config.oidc.issuer,
    expectedVersion: config.zotVersion,
    allow: [...allow],
    ...(intent && { intent }),
  };
}

function connection({ jump, ...target }: SshTarget) {
  return { ...server(target), ...(jump && { proxy: server(jump) }) };
}

function server({ host, port, user, hostKey, privateKey }: SshServer) {
  return {
    host,
    port,
    user,
    hostKey,
    ...(privateKey !== undefined && { privateKey: pulumi.secret(privateKey) }),
    dialErrorLimit: 2,
    perDialTimeout: 5,
  };
}
