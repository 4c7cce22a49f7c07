import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { parseSettings } from "../../../config/load";
import { settingsReference } from "../../../tools/docs/settings-reference";

const root = join(__dirname, "../../..");
const rows = settingsReference(join(root, "config/schema.ts"))
  .split("\n")
  .filter((line) => line.startsWith("| `"))
  .map((line) => line.split(" | "));

test("docs/settings.md is what the schema says today (else: npm run docs)", () => {
  const written = readFileSync(join(root, "docs/settings.md"), "utf8");
  expect(written).toBe(settingsReference(join(root, "config/schema.ts")));
});

test("every setting is explained", () => {
  expect(rows.length).toBeGreaterThan(50);
  for (const [path, type, fallback, text] of rows) {
    expect({ path, type, fallback, text }).toEqual({
      path: expect.stringMatching(/^\| `[\w.[\]]+`$/) as string,
      type: expect.stringMatching(/\w/) as string,
      fallback: expect.stringMatching(/\S/) as string,
      // Ends as a sentence does: nothing of the comment's own marks is left.
      text: expect.stringMatching(/\w.*[.)`] \|$/) as string,
    });
  }
});

test("the homelab's own settings are whole, but for the host key that only its operator can pin", () => {
  const file = parse(readFileSync(join(root, "Pulumi.indri.yaml"), "utf8")) as {
    config: Record<string, unknown>;
  };
  const raw = Object.entries(file.config).map(([key, value]) => [
    key.replace("zot-access:", ""),
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  const load = () =>
    parseSettings("zot-access", Object.fromEntries(raw) as Record<string, string>, () => false);
  expect(load).toThrow("1 problem in the stack's settings");
  expect(load).toThrow("zot-access:host.hostKey is missing");
});
