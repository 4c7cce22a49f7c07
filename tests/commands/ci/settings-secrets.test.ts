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

test("every secret of the settings is read, wherever it stands, and no other text", async () => {
  const raw = Object.fromEntries(
    Object.entries(config).map(([key, value]) => [
      key.replace("zot-access:", ""),
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
  const settings = parseSettings("zot-access", raw, () => true);
  const secret: StackAccess["secret"] = (setting) =>
    Promise.resolve(setting.kind === "value" ? setting.value : `read from ${setting.reference.item}`);
  const found = await secretsInSettings({ settings, secret } as StackAccess);
  const items = [...JSON.stringify(config).matchAll(/"op:\/\/[^/"]+\/([^/"]+)/g)].map(([, item]) => item);
  expect(items.length).toBeGreaterThan(2);
  expect(new Set(found)).toEqual(new Set(["encrypted-token", ...items.map((item) => `read from ${item}`)]));
});
