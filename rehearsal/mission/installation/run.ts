import { mkdir } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import { join } from "node:path";
import { CONSEQUENCES_HEADING } from "../../../systems/zot/config/consequences";
import { preview } from "../../../systems/pulumi/cli";
import { nameOf, type PlannedStep, typeOf } from "../../../systems/pulumi/plan";
import { COMPONENT, OWN } from "../../../systems/pulumi/types";
import { runCommand } from "../command";
import { pushImage } from "../image";
import { Pulumi, PulumiFailed } from "../pulumi";
import { beforeUp, changeSettings, type MissionOptions } from "../stack";
import { Steps } from "../steps";
import { startWorld, type World } from "../world";
import { type Noticed, noticedText, refuseRefusals, Traffic, type TrafficOptions } from "../traffic";
import { type Installation, KEY_WORD, type Question } from "./form";
import { keptAt, liveConfig, type Made, makeInstallation, worldOf } from "./make";
import { snapshot } from "./snapshot";

/** The result of adopting an installation. Its systems are still running. */
export interface InstallationResult {
  readonly name: string;
  readonly world: World;
  readonly pulumi: Pulumi;
  readonly made: Made;
  /** The consequences that adopt announced. */
  readonly announced: readonly string[];
  readonly noticed: Noticed;
  /** Kinds that were refused before zot.allow named them. */
  readonly refused: readonly string[];
}

/** A result differs from what the installation's file expects. */
export class UnexpectedError extends Error {
  override readonly name = "UnexpectedError";
}

const STACK = "installation";

/**
 * Creates the installation that a file describes, adopts it, and compares the result with the file's `expect`.
 *
 * @throws UnexpectedError
 */
export async function runInstallation(
  options: MissionOptions & { readonly beforeAdopting?: (pulumi: Pulumi, world: World) => Promise<void> },
  installation: Installation,
): Promise<InstallationResult> {
  const { cleanUp, folder } = options;
  let output = "";
  const write = (text: string) => {
    output += text;
    options.write(text);
  };
  const steps = new Steps((line) => write(`${line}\n`));
  await mkdir(join(folder, "tmp"), { recursive: true });
  const world = await steps.run("start all systems", () =>
    startWorld(folder, { ...options, ...worldOf(installation), keepsPlugins: true }),
  );
  const made = await steps.run(`create the installation: ${installation.name}`, () =>
    makeInstallation(world, installation),
  );
  const { expect, settings } = made;
  const pulumi = await newStack(options, made, world, write);
  cleanUp(() => pulumi.end());
  const traffic = new Traffic(await trafficOf(installation, world, made));
  cleanUp(async () => {
    await traffic.stop();
  });
  const adopt = (...flags: string[]) =>
    runCommand({ ...options, write }, pulumi, "commands/adopt/main.ts", flags);
  await steps.run("npm run adopt -- --write-settings", () =>
    adopt("--write-settings", ...beginningOf(world, made)),
  );
  await changeSettings(pulumi, settings);
  await options.beforeAdopting?.(pulumi, world);

  if (expect.refused.length > 0) {
    await steps.run(`expect a refusal: ${expect.refused.join(", ")}`, () =>
      expectRefused(world, pulumi, adopt, expect.refused),
    );
  }
  if (expect.refused.length > 0 && expect.accept === undefined) {
    withoutSecrets(output, expect.secrets);
    return {
      name: made.name,
      world,
      pulumi,
      made,
      announced: [],
      noticed: await traffic.stop(),
      refused: expect.refused,
    };
  }
  if (expect.accept !== undefined)
    await changeSettings(pulumi, { "zot-access:zot": { allow: expect.accept } });

  const looked = await steps.run("npm run adopt (dry run)", () => adopt());
  await steps.run("npm run adopt -- --apply", () => adopt("--apply"));
  if (expect.changes) {
    const { changes } = expect;
    await steps.run("check the changes of the first preview", () => onlyChanges(pulumi, changes));
  }
  const before = output.length;
  await steps.run("pulumi preview", () => pulumi.preview());
  const said = looked + output.slice(before);
  const problems = [
    ...expect.announced.filter((word) => !said.includes(word)).map((word) => `"${word}" was not announced`),
    ...expect.silent.filter((word) => said.includes(word)).map((word) => `"${word}" was announced`),
  ];
  if (problems.length > 0) throw new UnexpectedError(problems.join("\n"));
  await steps.run("pulumi up", () => pulumi.up());
  await steps.run("pulumi preview again: no changes expected", () => pulumi.previewWithoutChanges());
  await steps.run("pulumi preview --refresh: no changes expected", () =>
    pulumi.refreshedPreviewWithoutChanges(),
  );
  const noticed = await traffic.stop();
  write(noticedText(noticed));
  refuseRefusals(noticed);
  const after = [...keptProblems(made), ...(await answerProblems(world, made))];
  if (after.length > 0) throw new UnexpectedError(after.join("\n"));
  withoutSecrets(output, [...expect.secrets, ...(made.key ? [made.key.value] : [])]);
  return {
    name: made.name,
    world,
    pulumi,
    made,
    announced: consequencesIn(looked),
    noticed,
    refused: expect.refused,
  };
}

async function newStack(
  { folder, project }: MissionOptions,
  made: Made,
  world: World,
  write: (text: string) => void,
) {
  const pulumi = new Pulumi({
    project,
    folder,
    stack: STACK,
    policies: { pack: join(project, "policy"), settings: join(project, "rehearsal/policy.json") },
    environment: { ...world.environment, ...made.environment, TMPDIR: join(folder, "tmp") },
    write,
    ...beforeUp(world),
  });
  await mkdir(join(folder, "state"), { recursive: true });
  await pulumi.init();
  return pulumi;
}

/** The arguments that the operator of such an installation has to give. */
export function beginningOf(world: World, { configFile }: Pick<Made, "configFile">): string[] {
  const { layout, registryUrl, ssh } = world.host;
  const { service } = layout;
  return [
    ...["--host", ssh.host, "--port", String(ssh.port), "--user", ssh.user, "--host-key", ssh.hostKey],
    ...["--private-key", "op://rehearsal/registry-host/ssh/private key"],
    ...(service.restart === undefined ? [] : ["--restart", service.restart]),
    // The stand-in of zot is a script, and its process is that of Node.
    ...(layout.container ? [] : ["--zot-binary", layout.zotBinary]),
    ...["--registry-url", registryUrl],
    // Of this machine's processes, others may serve as well.
    ...["--zot-config", configFile],
    ...["--authentik-url", world.authentikUrl, "--authentik-token", "op://rehearsal/authentik/api-token"],
    ...["--forgejo-url", world.forgejoUrl, "--forgejo-token", "op://rehearsal/forgejo/api-token"],
    ...["--forgejo-owner", world.ownerOf()],
  ];
}

/** Traffic during the adoption: CI's pushes with the user-made key, and anonymous pulls of what stays open. */
async function trafficOf(
  { forgejo }: Installation,
  { host: { registryUrl }, standIns }: World,
  { expect: { after }, key }: Made,
): Promise<TrafficOptions> {
  const allowed = (asker: string, action: Question["do"]) =>
    after.find((each) => each.who === asker && each.do === action && each.answer === "allowed")?.in;
  const [repository] = allowed("key", "push")?.split(":") ?? [];
  const image = allowed("anonymous", "pull");
  const secret = forgejo.find(({ value }) => value === KEY_WORD);
  const stored = () =>
    secret && standIns?.forgejo.secretsOf(secret.repository, secret.owner)[secret.name.toUpperCase()];
  return {
    registryUrl,
    ...(key &&
      repository !== undefined && {
        push: { repository, username: key.username, key: () => stored() ?? key.value },
      }),
    ...(image !== undefined && (await isPulled(registryUrl, image)) && { pull: image }),
  };
}

async function isPulled(registryUrl: string, image: string): Promise<boolean> {
  return (await statusOf(manifestUrl(registryUrl, image), { headers: {} })) === 200;
}

function manifestUrl(registryUrl: string, image: string): string {
  const [repository = "", tag = ""] = image.split(":");
  return `${registryUrl}/v2/${repository}/manifests/${tag}`;
}

async function expectRefused(
  world: World,
  pulumi: Pulumi,
  adopt: () => Promise<string>,
  kinds: readonly string[],
): Promise<void> {
  const before = snapshot(world);
  for (const [what, run] of [
    ["adopt", adopt],
    ["preview", () => pulumi.preview()],
  ] as const) {
    const said = await run().then(
      () => undefined,
      (error: unknown) => (error instanceof PulumiFailed ? error.output : String(error)),
    );
    if (said === undefined) throw new UnexpectedError(`${what} succeeded, but must be refused`);
    const missing = kinds.filter((kind) => !said.includes(kind));
    if (missing.length > 0)
      throw new UnexpectedError(`${what} was refused without naming ${missing.join(", ")}`);
  }
  if (!isDeepStrictEqual(snapshot(world), before))
    throw new UnexpectedError("a refused run changed something");
}

/** Types without an object in any system: they change with the others. */
const FOLLOWING: readonly string[] = [
  OWN.accessProof,
  OWN.keyHistory,
  OWN.retiredKeys,
  ...Object.values(COMPONENT),
];

async function onlyChanges(pulumi: Pulumi, expected: Readonly<Record<string, string>>): Promise<void> {
  const { configFile, environment, project, stack } = pulumi;
  const { steps } = await preview({ configFile, environment, project, stack });
  const problems = otherChanges(steps, expected);
  if (problems.length > 0) throw new UnexpectedError(`the first preview also changes ${problems.join(", ")}`);
}

/** Unexpected changes of a plan, besides new resources. */
export function otherChanges(
  steps: readonly Pick<PlannedStep, "op" | "urn">[],
  expected: Readonly<Record<string, string>>,
): string[] {
  return steps
    .filter(({ op }) => !["create", "same", "read", "refresh"].includes(op))
    .filter(({ urn }) => !typeOf(urn).startsWith("pulumi:") && !FOLLOWING.includes(typeOf(urn)))
    .filter(({ op, urn }) => expected[nameOf(urn)] !== op)
    .map(({ op, urn }) => `${nameOf(urn)} (${op})`);
}

function keptProblems(made: Made): string[] {
  const config = liveConfig(made);
  return Object.entries(made.expect.kept).flatMap(([path, expected]) => {
    const value = keptAt(config, path);
    return isDeepStrictEqual(value, expected) || String(value) === String(expected)
      ? []
      : [`${path} was not kept in zot's config`];
  });
}

async function answerProblems(world: World, made: Made): Promise<string[]> {
  const problems: string[] = [];
  for (const [index, question] of made.expect.after.entries()) {
    const status = await ask(world, made, question, index);
    const { answer, do: action, in: place = "", who } = question;
    const right = answer === "allowed" ? status >= 200 && status < 300 : status === answer;
    const name = who.split(":", 1)[0] ?? "";
    if (!right) problems.push(`${name}: ${action} ${place} got ${status}, expected ${answer}`);
  }
  return problems;
}

async function ask(world: World, made: Made, question: Question, index: number): Promise<number> {
  const { registryUrl } = world.host;
  const authorization = authorizationOf(made, question.who);
  const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
  const [repository = "", tag = ""] = (question.in ?? "").split(":");
  const content = `asked ${index} ${Date.now()}`;
  switch (question.do) {
    case "pull":
      return statusOf(manifestUrl(registryUrl, question.in ?? ""), { headers });
    case "push":
      return pushImage(registryUrl, repository, tag === "" ? `asked-${index}` : tag, content, authorization);
    case "overwrite":
      return pushImage(registryUrl, repository, tag, content, authorization);
    case "delete":
      return statusOf(manifestUrl(registryUrl, question.in ?? ""), { method: "DELETE", headers });
    case "metrics":
      return statusOf(`${registryUrl}/metrics`, { headers });
  }
}

async function statusOf(
  url: string,
  { headers, method = "GET" }: { headers: Record<string, string>; method?: string },
): Promise<number> {
  const answer = await fetch(url, { method, headers: { accept: "*/*", ...headers } });
  await answer.arrayBuffer();
  return answer.status;
}

function authorizationOf({ key }: Made, who: string): string | undefined {
  if (who === "anonymous") return undefined;
  const pair = who === "key" && key ? `${key.username}:${key.value}` : who;
  if (!pair.includes(":"))
    throw new UnexpectedError(
      `the installation's file names "${who}" in who: use anonymous, key or NAME:PASSWORD`,
    );
  return `Basic ${Buffer.from(pair).toString("base64")}`;
}

function withoutSecrets(output: string, secrets: readonly string[]): void {
  const shown = secrets.filter((secret) => output.includes(secret)).length;
  if (shown > 0) throw new UnexpectedError(`${shown} of the installation's secrets were shown`);
}

/** The lines below the heading of the consequences, without Pulumi's own indentation. */
export function consequencesIn(output: string): string[] {
  const [, rest = ""] = output.split(`${CONSEQUENCES_HEADING}\n`);
  const lines = rest.split("\n");
  const end = lines.findIndex((line) => !/^\s+\S/.test(line));
  return lines.slice(0, end === -1 ? undefined : end).map((line) => line.trim());
}
