import type { SshTarget } from "../../../systems/host/types";
import { runOverSsh } from "../../../systems/host/ssh";
import type { SecretReader } from "../../../systems/onepassword";
import { ForgejoClient } from "../../../systems/forgejo/forgejo-client";
import { label, type SecretScope } from "../../../systems/forgejo/scope";
import { z } from "zod";
import { AUTHENTIK } from "../../../systems/authentik/api";
import { ask } from "./ask";
import { type Finding, ok, warning, wrong, worst } from "./check";
import { messageOf } from "../../../systems/text";

const meSchema = z.looseObject({ user: z.looseObject({ username: z.string() }) });

/** Authentik must report itself ready, and accept the token. */
export async function lookAtAuthentik(url: string, token: string, timeoutMs: number): Promise<Finding> {
  const [ready, me] = await Promise.all([
    ask(AUTHENTIK, `${url}/-/health/ready/`, timeoutMs),
    ask(AUTHENTIK, `${url}/api/v3/core/users/me/`, timeoutMs, { Authorization: `Bearer ${token}` }),
  ]);
  const user = meSchema.safeParse(me.json);
  if (ready.status >= 300) {
    return wrong(
      `not ready (status ${ready.status})`,
      "nobody can log in; pulls and CI's pushes go on",
      "see its server and worker, and its database",
    );
  }
  if (me.status !== 200 || !user.success) {
    return wrong(
      `it answers ${me.status} to the token`,
      "the next `pulumi up` and the renewal of CI's key will fail",
      "see whether the token at authentik.token has expired or its user was disabled",
    );
  }
  return ok(`ready, the token is ${user.data.user.username}'s`);
}

/** Every declared secret must exist; its value can never be read. */
export async function lookAtForgejo(
  client: ForgejoClient,
  token: string,
  places: readonly (SecretScope & { readonly names: readonly string[] })[],
): Promise<Finding> {
  const missing = await Promise.all(
    places.map(async ({ names, ...place }) => {
      const there = await client.listNames(place, token);
      return names.filter((name) => !there.has(name.toUpperCase())).map((name) => `${label(place)}: ${name}`);
    }),
  );
  const count = places.reduce((sum, { names }) => sum + names.length, 0);
  const absent = missing.flat();
  if (absent.length === 0) return ok(`takes the token, and has all ${count} declared secrets`);
  return wrong(
    `it lacks ${absent.join(", ")}`,
    "jobs that use them get an empty text",
    "run `pulumi up`, which writes what is missing",
  );
}

/** 1Password must answer, and have the keys in use. */
export async function lookAtOnePassword(
  reader: SecretReader,
  items: readonly { readonly vault: string; readonly title: string; readonly key: string | undefined }[],
): Promise<Finding> {
  await reader.check();
  const known = items.filter(({ key }) => key !== undefined);
  if (known.length === 0) return ok(`${reader.name} answers`);
  const findings = await Promise.all(
    known.map(async ({ vault, title, key }) => {
      const stored = await reader.read({ vault, item: title, field: "password" });
      if (stored === key) return [];
      return [
        wrong(
          `the item ${title} holds another key than the one in use`,
          "whoever takes it from there may fail to push",
          "run `pulumi up --refresh`, which writes it again",
        ),
      ];
    }),
  );
  const titles = known.map(({ title }) => title).join(", ");
  return worst(
    findings.flat(),
    `${reader.name} answers, and ${titles} ${known.length === 1 ? "holds the key" : "hold the keys"} in use`,
  );
}

/** The host must be reachable with the pinned host key and the user's key; nothing is read or changed there. */
export async function lookAtHost(target: SshTarget, unreachable: "warn" | "fail"): Promise<Finding> {
  const SECONDS = 8;
  const marker = "zot-access-verify";
  try {
    const { stdout } = await runOverSsh(target, "/bin/sh", `echo ${marker}\n`, SECONDS);
    if (stdout.trim() === marker) return ok(`${target.user}@${target.host} answers with the pinned host key`);
    throw new Error(`${target.user}@${target.host}: unexpected output from the SSH shell`);
  } catch (error) {
    const found = messageOf(error);
    const tell = unreachable === "fail" ? wrong : warning;
    return tell(
      found,
      "deploys from here will fail; the registry itself is not touched by it",
      "see whether this machine may reach the host, and its SSH key or agent; host.unreachable says how much it matters",
    );
  }
}
