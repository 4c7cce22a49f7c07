import { hostLayout } from "../config/arguments";
import { issuerUrl } from "../config/derived";
import { parseSettings } from "../config/load";
import type { HostLayout } from "../systems/host/types";

/** The settings that decide a deploy to the host. */
export interface HostSettings {
  readonly layout: HostLayout;
  readonly issuer: string;
}

/**
 * As the engine passes the stack's settings to a pack (sdk/go/common/resource/plugin/analyzer_plugin.go): decrypted,
 * without a mark which of them were encrypted.
 *
 * @throws SettingsError
 */
export function stackSettings(environment: NodeJS.ProcessEnv): HostSettings {
  const { PULUMI_CONFIG: text = "{}", PULUMI_PROJECT: project = "" } = environment;
  const prefix = `${project}:`;
  const own = Object.entries(JSON.parse(text) as Record<string, string>).filter(([key]) =>
    key.startsWith(prefix),
  );
  const raw = Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), value]));
  const settings = parseSettings(project, raw, () => true);
  return { layout: hostLayout(settings), issuer: issuerUrl(settings) };
}
