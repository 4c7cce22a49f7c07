import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { secretsInSettings } from "../../../commands/ci/settings-secrets";
import { parseSettings } from "../../../config/load";
import type { StackAccess } from "../../../commands/shared/stack";

const text = readFileSync(join(__dirname, "../../../Pulumi.indri.yaml"), "utf8");
const { config } = parse(text) as { config: Record<string, string | Record<string, unknown>> };
config["zot-access:host"] = { ...(config["zot-access:host"] as object), hostKey: "ssh-ed25519 AAAA" };
config["zot-access:authentik"] = { ...(config["zot-access:authentik"] as object), token: "encrypted-token" };

function settingsWith(extra: Record<string, unknown> = {}) {
  const raw = Object.fromEntries(
    Object.entries({ ...config, ...extra }).map(([key, value]) => [
      key.replace("zot-access:", ""),
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
  return parseSettings("zot-access", raw, () => true);
}

const secret: StackAccess["secret"] = (setting) =>
  Promise.resolve(setting.kind === "value" ? setting.value : `read from ${setting.reference.item}`);

const secretsWith = (extra?: Record<string, unknown>) =>
  secretsInSettings({ settings: settingsWith(extra), secret } as StackAccess);

test("every secret of the settings is read, wherever it stands, and no other text", async () => {
  const found = await secretsWith();
  const items = [...JSON.stringify(config).matchAll(/"op:\/\/[^/"]+\/([^/"]+)/g)].map(([, item]) => item);
  expect(items.length).toBeGreaterThan(2);
  expect(new Set(found)).toEqual(new Set(["encrypted-token", ...items.map((item) => `read from ${item}`)]));
});

test("every secret of an encrypted zot config is read too, and no reference's name", async () => {
  const zot = config["zot-access:zot"] as { config: Record<string, unknown> };
  const sinks = [
    {
      address: "https://sink.example.org/?key=in-an-address",
      headers: { Authorization: "op://vault/sink/key" },
    },
    { credentials: { username: "sink", password: "in-the-config" } },
  ];
  const own = { ...zot, config: { ...zot.config, extensions: { events: { enable: true, sinks } } } };
  const found = await secretsWith({ "zot-access:zot": own });
  const before = await secretsWith();
  expect(new Set(found.filter((each) => !before.includes(each)))).toEqual(
    new Set(["read from sink", "https://sink.example.org/?key=in-an-address", "in-the-config"]),
  );
});
