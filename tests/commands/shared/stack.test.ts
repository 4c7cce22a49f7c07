import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SettingsError } from "../../../config/problems";
import { openStack, PulumiError } from "../../../commands/shared/stack";
import { configText, installPulumi, secretText, stateText } from "./fake-pulumi";

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
  pushers: { "zot-ci": { in: ["blumeops/**"] } },
};

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "zot-access-stack-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open(secretKeys: readonly string[], state?: string) {
  const config = configText(settings, secretKeys);
  const environment = installPulumi(folder, { stack: "prod", config, ...(state !== undefined && { state }) });
  return openStack({ stack: "prod", environment });
}

test("settings are read as the program reads them, and an encrypted one needs no 1Password", async () => {
  const stack = await open(["authentik"]);
  expect(stack.project).toBe("zot-access");
  expect(Object.keys(stack.settings.pushers)).toEqual(["zot-ci"]);
  expect(await stack.secret(stack.settings.authentik.token)).toBe("s3cret");
});

test("settings that the program refuses are refused with the same error", async () => {
  const refused = open([]);
  await expect(refused).rejects.toThrow(SettingsError);
  await expect(refused).rejects.toThrow("zot-access:authentik.token is a plain-text secret");
});

test("the state is the current one, with decrypted secrets; before the first deploy it is empty", async () => {
  const resource = {
    urn: "urn:pulumi:prod::zot-access::zot-access:index:ZotApiKey::pusher-zot-ci-api-key",
    type: "zot-access:index:ZotApiKey",
    id: "uuid",
    inputs: { username: "zot-ci" },
    outputs: { key: secretText("zak_x"), list: [secretText({ a: ["b"] })] },
  };
  const replaced = { ...resource, id: "old", delete: true };
  const resources = await (await open(["authentik"], stateText([replaced, resource]))).state();
  expect(resources).toEqual([
    expect.objectContaining({ id: "uuid", outputs: { key: "zak_x", list: [{ a: ["b"] }] } }),
  ]);
  const fresh = JSON.stringify({ version: 3, deployment: { manifest: {} } });
  expect(await (await open(["authentik"], fresh)).state()).toEqual([]);
});

test("pulumi's errors are passed on, its output is not", async () => {
  writeFileSync(
    join(folder, "pulumi"),
    "#!/bin/sh\necho half-a-secret\necho 'error: incorrect passphrase' >&2\nexit 255\n",
    { mode: 0o700 },
  );
  const environment = { PATH: `${folder}:/usr/bin:/bin`, PULUMI_HOME: folder };
  const error = await openStack({ stack: "prod", environment }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(PulumiError);
  expect(String(error)).toContain("error: incorrect passphrase");
  expect(String(error)).toContain("PULUMI_CONFIG_PASSPHRASE");
  expect(String(error)).not.toContain("half-a-secret");
});

test("without the CLI the message says how to get it", async () => {
  const environment = { PATH: "/nowhere", PULUMI_HOME: folder };
  await expect(openStack({ stack: "prod", environment })).rejects.toThrow("npm start");
});
