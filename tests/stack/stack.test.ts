import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SettingsError } from "../../config/problems";
import { openStack, PulumiError } from "../../stack";

const HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFXlIYrHZ7AMTGTEVOMmvgRu9kB5mBZuGxDAhSfRpnhr";
const settings: Record<string, unknown> = {
  registryUrl: "https://registry.example.org",
  authentik: { url: "https://sso.example.org", token: "s3cret" },
  onepassword: { vaultId: "vg6xf6vvfmoh5hqjjhlhbeoaie" },
  host: {
    address: "indri",
    user: "operator",
    hostKey: HOST_KEY,
    configFolder: "/c",
    dataFolder: "/d",
    zotBinary: "/z",
  },
  service: { manager: "systemd", unit: "zot.service" },
  forgejo: { url: "https://forge.example.org", token: "op://v/i/f", owner: "eblume", repositories: [] },
};

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "zot-access-stack-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** As `pulumi config --json --show-secrets` prints it: values as text, beside keys of other namespaces (measured, 3.250.0). */
function config(secretKeys: readonly string[]): string {
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

const SECRET = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };

/** A command `pulumi` that answers with these texts. */
function open({ config: text, state = "{}" }: { config: string; state?: string }) {
  writeFileSync(join(folder, "config.json"), text);
  writeFileSync(join(folder, "state.json"), state);
  const script = [
    "#!/bin/sh",
    `case "$*" in`,
    `  "config --json --show-secrets --stack prod --non-interactive"*) cat '${folder}/config.json';;`,
    `  "stack export --show-secrets --stack prod --non-interactive"*) cat '${folder}/state.json';;`,
    `  *) echo "unknown: $*" >&2; exit 255;;`,
    "esac",
  ];
  writeFileSync(join(folder, "pulumi"), script.join("\n"), { mode: 0o700 });
  return openStack({ stack: "prod", environment: environment() });
}

const environment = () => ({ PATH: `${folder}:/usr/bin:/bin`, PULUMI_HOME: folder });

test("settings are those that the program would load, and an encrypted one needs no 1Password", async () => {
  const stack = await open({ config: config(["authentik"]) });
  expect(stack.project).toBe("zot-access");
  expect(stack.settings.access.admins).toEqual(["admins"]);
  expect(await stack.secret(stack.settings.authentik.token)).toBe("s3cret");
});

test("settings that the program would refuse are refused with the same words", async () => {
  const refused = open({ config: config([]) });
  await expect(refused).rejects.toThrow(SettingsError);
  await expect(refused).rejects.toThrow("zot-access:authentik.token is a secret in plain text");
});

test("the state shows what is there now, secrets in clear; before the first deploy it is empty", async () => {
  const resource = {
    urn: "urn:pulumi:prod::zot-access::zot-access:index:ZotApiKey::ci-credential-api-key",
    type: "zot-access:index:ZotApiKey",
    id: "uuid",
    inputs: { username: "zot-ci" },
    outputs: { key: { ...SECRET, plaintext: '"zak_x"' }, list: [{ ...SECRET, plaintext: '{"a":["b"]}' }] },
  };
  const replaced = { ...resource, id: "old", delete: true };
  const state = JSON.stringify({ version: 3, deployment: { resources: [replaced, resource] } });
  const resources = await (await open({ config: config(["authentik"]), state })).state();
  expect(resources).toEqual([
    expect.objectContaining({ id: "uuid", outputs: { key: "zak_x", list: [{ a: ["b"] }] } }),
  ]);
  const fresh = JSON.stringify({ version: 3, deployment: { manifest: {} } });
  expect(await (await open({ config: config(["authentik"]), state: fresh })).state()).toEqual([]);
});

test("what pulumi complains of is passed on, what it printed is not", async () => {
  writeFileSync(
    join(folder, "pulumi"),
    "#!/bin/sh\necho half-a-secret\necho 'error: incorrect passphrase' >&2\nexit 255\n",
    { mode: 0o700 },
  );
  const error = await openStack({ stack: "prod", environment: environment() }).catch(
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(PulumiError);
  expect(String(error)).toContain("error: incorrect passphrase");
  expect(String(error)).toContain("PULUMI_CONFIG_PASSPHRASE");
  expect(String(error)).not.toContain("half-a-secret");
});

test("without the CLI the message says how to get it", async () => {
  const environment = { PATH: "/nowhere", PULUMI_HOME: folder };
  await expect(openStack({ stack: "prod", environment })).rejects.toThrow("npm start");
});
