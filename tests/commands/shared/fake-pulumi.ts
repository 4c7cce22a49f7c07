import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** As `pulumi config --json --show-secrets` prints it: values as text, beside keys of other namespaces (measured, 3.250.0). */
export function configText(
  settings: Readonly<Record<string, unknown>>,
  secretKeys: readonly string[] = [],
): string {
  const entries = Object.entries(settings).map(([key, value]) => [
    `zot-access:${key}`,
    {
      value: typeof value === "string" ? value : JSON.stringify(value),
      ...(typeof value === "object" && { objectValue: value }),
      secret: secretKeys.includes(key),
    },
  ]);
  return JSON.stringify({ ...Object.fromEntries(entries), "other:key": { value: "x", secret: false } });
}

/** How a state holds a secret; `plaintext` is there where the export shows secrets. */
export function secretText(value: unknown): object {
  return {
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    plaintext: JSON.stringify(value),
  };
}

export function stateText(resources: readonly object[]): string {
  const named = resources.map((resource, at) => ({ urn: `urn:pulumi:s::p::t::${at}`, ...resource }));
  return JSON.stringify({ version: 3, deployment: { manifest: {}, resources: named } });
}

/** A command `pulumi` in the folder that answers for one stack with these texts. @returns the environment to find it by */
export function installPulumi(
  folder: string,
  { stack, config, state = "{}" }: { stack: string; config: string; state?: string },
): NodeJS.ProcessEnv {
  writeFileSync(join(folder, "config-answer.json"), config);
  writeFileSync(join(folder, "state-answer.json"), state);
  const script = [
    "#!/bin/sh",
    `case "$*" in`,
    `  "config --json --show-secrets --stack ${stack} --non-interactive"*) cat '${folder}/config-answer.json';;`,
    `  "stack export --show-secrets --stack ${stack} --non-interactive"*) cat '${folder}/state-answer.json';;`,
    `  *) echo "unknown: $*" >&2; exit 255;;`,
    "esac",
  ];
  writeFileSync(join(folder, "pulumi"), script.join("\n"), { mode: 0o700 });
  return { PATH: `${folder}:/usr/bin:/bin`, PULUMI_HOME: folder };
}
