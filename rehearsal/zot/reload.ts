import { fstatSync, openSync, readFileSync, watch } from "node:fs";
import { loadConfig } from "./config/load";
import { ConfigRefused } from "./config/refused";
import type { ZotConfig } from "./config/types";
import type { Logger } from "./log";

/** `apply` is called with each config that could be read; set once there is something to apply it to. */
export interface Reload {
  apply: (config: ZotConfig) => void;
}

/**
 * Watches the file, not its name, as zot does: a write into it counts, a rename over it is not seen and ends the watch.
 * A truncation is a write too; what cannot be read yet is logged and waits for the next one.
 */
export function watchConfig(path: string, log: Logger): Reload {
  const reload: Reload = { apply: () => undefined };
  // Keeps the file that is watched in reach when its name goes to another one.
  const original = openSync(path, "r");
  let seen = fingerprint(original, path);
  const watcher = watch(path, { persistent: false }, (event) => {
    if (event === "rename" || fstatSync(original).nlink === 0) {
      watcher.close();
      return;
    }
    const current = fingerprint(original, path);
    if (current === seen) return;
    seen = current;
    log.info("config file changed, trying to reload config");
    tryReload(path, reload, log);
  });
  return reload;
}

/** A change of mode or owner alone is not one of the content. */
function fingerprint(file: number, path: string): string {
  return `${fstatSync(file).mtimeMs} ${readFileSync(path, "utf8")}`;
}

function tryReload(path: string, reload: Reload, log: Logger): void {
  try {
    const config = loadConfig(path);
    if (config.beyondStandIn.length > 0)
      throw new ConfigRefused(`the stand-in of zot cannot do ${config.beyondStandIn.join(", ")}`);
    reload.apply(config);
  } catch (error) {
    if (!(error instanceof ConfigRefused)) throw error;
    log.error("failed to reload config, retry writing it.", { error: error.message });
  }
}
