import { asUser } from "./payload";
import { mountWords, portWords, serviceSettings, zotAddress, zotWords } from "./script-settings";
import { parseProbe } from "./probe-answer";
import { PROBE_SCRIPT } from "./scripts";
import { assignments } from "./shell";
import { runOverSsh, SshError } from "./ssh";
import type { HostLayout, HostState, SshTarget } from "./types";
import { messageOf } from "../text";

/** For the whole probe: `zot --version`, one request to /v2/ and some digests take a fraction of a second. */
const PROBE_SECONDS = 20;

/**
 * Reads the host's files and zot's answers over one SSH connection, and changes nothing.
 *
 * @throws SshError if the host cannot be reached, shows another host key or gives an incomplete answer.
 */
export async function probeHost(target: SshTarget, layout: HostLayout): Promise<HostState> {
  const settings = assignments({
    ZA_ROOT: layout.configFolder,
    ZA_NAME: layout.configName ?? "",
    ...zotWords(layout),
    ...mountWords(layout.container),
    ...zotAddress(layout),
    ...portWords(layout.container),
    ...serviceSettings(layout),
  });
  const { stdout, stderr } = await runOverSsh(
    target,
    "exec /bin/sh -s",
    asUser(layout, settings + PROBE_SCRIPT),
    PROBE_SECONDS + 3 * (layout.failDelay ?? 0),
  );
  try {
    return parseProbe(stdout, Math.round(Date.now() / 1000));
  } catch (error) {
    const reason = messageOf(error);
    throw new SshError(target, `${reason} ${stderr.slice(0, 300)}`.trim(), { cause: error });
  }
}
