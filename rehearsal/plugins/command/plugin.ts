/*
 * Stands in for the command provider's plugin, 1.2.1: `command:remote:Command` over SSH, with the semantics of pulumi-command
 * (provider/pkg/provider/remote). Where it is not as the real one: it offers no local commands and no copies;
 * a wrong name in `connection` is refused without printing the connection, which the real one prints, key included.
 */
import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { UNKNOWN } from "../../../systems/pulumi/values";
import type { Change, Checked, Difference, Existing, Log, Plugin, Properties, Subject } from "../plugin";
import { checkObject } from "../schema/check-inputs";
import { resourceSpec, type PackageSpec } from "../schema/package-schema";
import { markSecrets } from "../schema/secrets";
import commandSchema from "../schemas/command.json";
import { runRemote, type Command } from "./run";

const CONNECTION_DEFAULTS = { user: "root", port: 22, dialErrorLimit: 10, perDialTimeout: 15 };
const SCHEMA = commandSchema as unknown as PackageSpec;
const LOGGING = ["stdout", "stderr", "stdoutAndStderr", "none"];

export class CommandPlugin implements Plugin {
  readonly version = "1.2.1";

  schema(): string {
    return JSON.stringify(SCHEMA);
  }

  markSecrets(type: string, properties: Properties): Properties {
    return markSecrets(SCHEMA, SCHEMA.resources[type]?.properties ?? {}, properties);
  }

  checkConfig(inputs: Properties): Checked {
    return { inputs, failures: [] };
  }

  configure(): void {
    // The command provider has no settings.
  }

  check({ type }: Subject, _olds: Properties, news: Properties): Checked {
    const { inputProperties = {}, requiredInputs = [] } = resourceSpec(SCHEMA, type);
    const failures = checkObject(SCHEMA, { properties: inputProperties, required: requiredInputs }, news);
    const { logging, connection } = news;
    if (logging !== undefined && logging !== UNKNOWN && !LOGGING.includes(logging as string)) {
      failures.push({ property: "logging", reason: `expected one of ${LOGGING.join(", ")}` });
    }
    if (failures.length > 0 || connection === UNKNOWN) return { inputs: news, failures };
    return { inputs: { ...news, connection: withDefaults(connection as Properties) }, failures };
  }

  diff(_subject: Subject, olds: Properties, news: Properties, oldInputs: Properties): Difference {
    const before = Object.keys(oldInputs).length > 0 ? oldInputs : olds;
    const names = new Set([...Object.keys(before), ...Object.keys(news)]);
    const changed = [...names].filter(
      (name) => name !== "stdout" && name !== "stderr" && !isDeepStrictEqual(before[name], news[name]),
    );
    const kind = (name: string): Change =>
      before[name] === undefined ? "add" : news[name] === undefined ? "delete" : "update";
    return {
      changes: Object.fromEntries(changed.map((name) => [name, kind(name)])),
      replaces: changed.filter((name) => name === "triggers"),
    };
  }

  async create({ name }: Subject, inputs: Properties, preview: boolean, log: Log) {
    const id = `${name}${randomBytes(4).toString("hex")}`;
    if (preview) return { id, outputs: { ...inputs, stdout: UNKNOWN, stderr: UNKNOWN } };
    const outputs = await run(inputs.create, inputs, { stdout: "", stderr: "" }, log);
    return { id, outputs: { ...inputs, ...outputs } };
  }

  /** The real one reads nothing: a command leaves nothing that could be read. */
  read(_subject: Subject, id: string, inputs: Properties, state: Properties): Promise<Existing> {
    return Promise.resolve({ id, inputs, outputs: state });
  }

  async update(
    _subject: Subject,
    _id: string,
    olds: Properties,
    news: Properties,
    preview: boolean,
    log: Log,
  ) {
    if (preview) return { ...news, stdout: UNKNOWN, stderr: UNKNOWN };
    return { ...news, ...(await run(news.update ?? news.create, news, outputOf(olds), log)) };
  }

  async delete(_subject: Subject, _id: string, state: Properties, log: Log): Promise<void> {
    await run(state.delete, state, outputOf(state), log);
  }

  invoke(token: string): Promise<never> {
    return Promise.reject(new Error(`the stand-in for command ${this.version} offers no ${token}`));
  }
}

function withDefaults({ proxy, ...connection }: Properties): Properties {
  const server = { ...CONNECTION_DEFAULTS, ...connection };
  return proxy === undefined ? server : { ...server, proxy: withDefaults(proxy as Properties) };
}

interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

function outputOf({ stdout, stderr }: Properties): Output {
  return { stdout: (stdout as string | undefined) ?? "", stderr: (stderr as string | undefined) ?? "" };
}

/** Runs the command, or keeps the output of the one before when there is none. */
async function run(command: unknown, inputs: Properties, before: Output, log: Log): Promise<Output> {
  if (command === undefined || command === null) return before;
  return runRemote(command as string, inputs as unknown as Command, before, log);
}
