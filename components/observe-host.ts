import * as pulumi from "@pulumi/pulumi";
import { probeHost } from "../systems/host/probe";
import { refuseUnusable } from "../systems/host/unusable";
import type { HostLayout, HostState, SshTarget } from "../systems/host/types";
import { messageOf } from "../systems/text";

const AS_ASSUMED = " (as if zot were of zot.assumeVersion)";

/** What a preview does if the host is unreachable. */
export type WhenUnreachable = "warn" | "fail" | "off";

/**
 * Reads the registry host before any resource is declared, so that a plain preview shows drift.
 *
 * @returns undefined if drift is unknown: the host did not answer a preview, or previews are set not to ask.
 * @throws if a deploy cannot reach the host, or zot runs there as another user: no system has been changed by then.
 */
export async function observeHost(
  ssh: SshTarget,
  layout: HostLayout,
  whenUnreachable: WhenUnreachable,
): Promise<HostState | undefined> {
  const preview = pulumi.runtime.isDryRun();
  if (preview && whenUnreachable === "off") {
    await pulumi.log.warn(
      `previews do not ask ${ssh.host} (host.unreachable: off): they show no drift, only changes of the settings${AS_ASSUMED}`,
    );
    return undefined;
  }
  const state = await ask(ssh, layout, preview, whenUnreachable);
  if (state) refuseUnusable(ssh, layout, state);
  return state;
}

async function ask(
  ssh: SshTarget,
  layout: HostLayout,
  preview: boolean,
  whenUnreachable: WhenUnreachable,
): Promise<HostState | undefined> {
  try {
    return await probeHost(ssh, layout);
  } catch (error) {
    if (!preview || whenUnreachable === "fail") throw error;
    const reason = messageOf(error);
    await pulumi.log.warn(
      `drift on ${ssh.host} is unknown, only changes of the settings are shown${AS_ASSUMED}: ${reason}`,
    );
    return undefined;
  }
}
