import { once } from "node:events";
import { mkdirSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { loadConfig } from "./config/load";
import { ConfigRefused } from "./config/refused";
import type { ZotConfig } from "./config/types";
import { OPENID_PROVIDERS } from "./config/validate";
import { httpServer } from "./http/server";
import { Htpasswd } from "./htpasswd";
import { lockFolder } from "./lock";
import { Logger } from "./log";
import { RelyingParty } from "./login/relying-party";
import { Panic } from "./panic";
import { watchConfig } from "./reload";
import { Sessions } from "./sessions";
import { Layout } from "./store/layout";
import { Users } from "./users";
import { Zot } from "./zot-state";

/**
 * Runs until a signal. In zot's order: config, watch, storage, issuer, port.
 *
 * @returns the exit code, undefined once it serves
 * @throws ConfigRefused, Panic
 */
export async function serve(path: string): Promise<number | undefined> {
  const config = loadConfig(path);
  refuseBeyondStandIn(config);
  const log = new Logger(config.log.level, config.log.output);
  const reload = watchConfig(path, new Logger("info", ""));
  log.info("configuration settings", { params: config.shown });
  const zot = await open(config, log);
  let server: Server;
  try {
    server = httpServer(zot);
  } catch (error) {
    // Neither file is looked at before.
    log.error("failed to start controller, exiting", { error: (error as Error).message });
    return 0;
  }
  const tasks = new Tasks(config.pollingMs);
  endOnSignal(log, tasks);
  reload.apply = (changed) => {
    tasks.whenOver(() => {
      zot.reload(changed);
      tasks.start(changed.pollingMs);
      log.info("loaded new configuration settings", { "reloaded params": changed.shown });
    });
  };
  return listen(server, config, log);
}

function refuseBeyondStandIn({ beyondStandIn }: ZotConfig): void {
  if (beyondStandIn.length === 0) return;
  throw new ConfigRefused(
    `the stand-in of zot cannot do ${beyondStandIn.join(", ")}; take it out of the config, or set ZOT_BINARY to a real zot`,
  );
}

async function open(config: ZotConfig, log: Logger): Promise<Zot> {
  const { root } = config.storage;
  const layout = openLayout(config.storage);
  await lockFolder(root);
  if (config.auth.apiKey && config.auth.sessionHashKey === undefined)
    log.warn("hashKey is not set in config, generating a random one");
  const sessions = new Sessions(root, config.auth.sessionHashKey);
  return new Zot(
    config,
    log,
    layout,
    new Users(root),
    new Htpasswd(config.auth.htpasswd),
    sessions,
    await relyingParties(config, log),
  );
}

function openLayout({ root, images, dedupe, subPaths }: ZotConfig["storage"]): Layout {
  try {
    mkdirSync(root, { recursive: true });
    return new Layout(images, dedupe, subPaths);
  } catch {
    throw new ConfigRefused(`open ${root}/meta.db: no such file or directory`);
  }
}

async function relyingParties(config: ZotConfig, log: Logger): Promise<Map<string, RelyingParty>> {
  const parties = new Map<string, RelyingParty>();
  const origin = config.externalUrl || `${config.tls ? "https" : "http"}://${config.address}:${config.port}`;
  for (const [name, provider] of Object.entries(config.auth.providers ?? {})) {
    if (!OPENID_PROVIDERS.includes(name)) continue;
    const redirectUri = `${origin}/zot/auth/callback/${name}`;
    try {
      parties.set(name, await RelyingParty.discover(provider, redirectUri));
    } catch (error) {
      const message = "failed to initialize new relying party oidc";
      const { issuer, scopes } = provider;
      log.error(message, { error: (error as Error).message, issuer, redirectURI: redirectUri, scopes });
      throw new Panic(message);
    }
  }
  return parties;
}

/** zot's own work in the background. A poll that waits to ask its upstream again is not cut short (2.1.20): it serves on meanwhile. */
class Tasks {
  private end = 0;
  private isLast = false;
  private waiting: NodeJS.Timeout | undefined;

  constructor(pollingMs: number) {
    this.start(pollingMs);
  }

  start(pollingMs: number): void {
    this.end = Date.now() + pollingMs;
  }

  /** Of several, the one that was asked last; after the end of zot was asked for, none. */
  whenOver(next: () => void, isLast = false): void {
    if (this.isLast) return;
    this.isLast = isLast;
    clearTimeout(this.waiting);
    this.waiting = undefined;
    const left = this.end - Date.now();
    if (left <= 0) next();
    else this.waiting = setTimeout(next, left);
  }
}

/**
 * Signals end zot without draining: it goes on for a moment while its background tasks stop, then exits with 0, and
 * requests that are still on their way are cut (measured on 2.1.20).
 */
function endOnSignal(log: Logger, tasks: Tasks): void {
  const GRACE_MS = 50;
  const exit = () => {
    log.error("failed to start controller, exiting", { error: "http: Server closed" });
    process.exit(0);
  };
  const end = (signal: NodeJS.Signals) => {
    log.info("received signal", { signal });
    tasks.whenOver(() => setTimeout(exit, GRACE_MS), true);
  };
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.once(signal, end).on(signal, ignore);
  for (const signal of ["SIGUSR2", "SIGPIPE"] as const) process.on(signal, ignore);
}

function ignore(): void {
  // zot ignores all other signals, and a second one while it ends.
}

/** A port that is taken ends zot with 0, not with an error. */
async function listen(
  server: Server,
  { address, port }: ZotConfig,
  log: Logger,
): Promise<number | undefined> {
  try {
    server.listen(Number(port), address);
    await once(server, "listening");
  } catch (error) {
    const problem =
      (error as NodeJS.ErrnoException).code === "EADDRINUSE"
        ? "bind: address already in use"
        : (error as Error).message;
    log.error("failed to start controller, exiting", { error: `listen tcp ${address}:${port}: ${problem}` });
    return 0;
  }
  const { port: chosen, address: bound } = server.address() as AddressInfo;
  if (port === "0" || port === "")
    log.info("port is unspecified, listening on kernel chosen port", { port: chosen, address: bound });
  log.debug("ready");
  return undefined;
}
