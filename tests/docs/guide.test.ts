import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { formatReport } from "../../commands/who-can/format";
import { audit } from "../../commands/who-can/report";
import { pushImage } from "../../rehearsal/mission/image";
import { openStack } from "../../commands/shared/stack";
import { formatVerdict } from "../../commands/verify/report/text";
import { verify } from "../../commands/verify/verify";
import { ZotClient } from "../../systems/zot/client";
import { skopeoTest } from "../push/support/job";
import { configText, installPulumi } from "../commands/shared/fake-pulumi";
import { deployedState, startWorld, type World } from "../commands/verify/world";

/*
 * What the guides tell people to type, and what they show as an answer, tried on one registry as a deploy leaves it.
 */
const DAY_MS = 86_400_000;
const DOCS = resolve(__dirname, "../../docs");
const SAMPLES = join(DOCS, "verify.md");
const page = (name: string) => readFileSync(join(DOCS, name), "utf8");

let world: World;
let ada: { readonly username: string; readonly key: string };
beforeAll(async () => {
  world = await startWorld();
  const [admin] = world.input.holders;
  ada = { username: admin?.username ?? "", key: admin?.password ?? "" };
  const logins = { login: ada, "login-of-ci": world.ci };
  for (const [file, { username, key }] of Object.entries(logins))
    writeFileSync(join(world.folder, file), `user = "${username}:${key}"\n`, { mode: 0o600 });
});
afterAll(() => world.stop());

/** The fenced commands of a page. */
function fenced(name: string): string[] {
  return [...page(name).matchAll(/^ *```sh\n([^]*?)^ *```$/gm)].map(([, block = ""]) => block);
}

/** Runs what a page says with this world in the place of its examples; only if the page does say it. */
function type(name: string, command: string, examples: Readonly<Record<string, string>> = {}) {
  expect(page(name)).toContain(command);
  const registry = new URL(world.settings.registryUrl);
  const known = {
    ...examples,
    "https://registry.example.org": registry.origin,
    "registry.example.org": registry.host,
    // The guides' registry has a certificate.
    "skopeo login": "skopeo login --tls-verify=false",
    "skopeo delete": "skopeo delete --tls-verify=false",
  };
  const typed = Object.entries(known).reduce((text, [from, to]) => text.replaceAll(from, to), command);
  const { stdout, stderr, status } = spawnSync("sh", ["-c", typed], {
    cwd: world.folder,
    encoding: "utf8",
    env: {
      PATH: `${world.folder}/bin:${process.env["PATH"] ?? ""}`,
      HOME: world.folder,
      REGISTRY_AUTH_FILE: join(world.folder, "auth.json"),
      REGISTRY_URL: registry.origin,
    },
  });
  return { stdout, stderr, status };
}

test("the checks of a hardened registry answer as documented", () => {
  const lines = fenced("harden-the-registry.md").join("").trim().split("\n");
  expect(lines).toHaveLength(2);
  for (const line of lines) {
    const [, code = "none"] = /# (\d{3}):/.exec(line) ?? [];
    expect([line, type("harden-the-registry.md", line).stdout.trim()]).toEqual([line, code]);
  }
});

test("the check of the login leads to Authentik", () => {
  const [command = ""] = fenced("register-the-oidc-client.md");
  expect(type("register-the-oidc-client.md", command).stdout).toMatch(
    new RegExp(`^302 ${world.authentik.url}/application/o/authorize/`),
  );
});

test("a key is listed and revoked with a file as the login, for when a deploy would take too long", async () => {
  const examples = { "-K login": "-K login-of-ci" };
  const client = new ZotClient(world.settings.registryUrl);
  const { username, key } = world.ci;
  const leaked = await client.mintApiKey(
    { kind: "basic", username, password: key },
    { label: "leaked", expiresAt: new Date(Date.now() + 3_600_000) },
  );
  const list = 'curl -K login "$REGISTRY_URL/zot/auth/apikey"';
  expect(type("operations.md", list, examples).stdout).toContain(leaked.uuid);
  const end = 'curl -K login -X DELETE "$REGISTRY_URL/zot/auth/apikey?id=UUID"';
  expect(type("operations.md", end, { ...examples, UUID: leaked.uuid }).status).toBe(0);
  expect(type("operations.md", list, examples).stdout).not.toContain(leaked.uuid);
});

skopeoTest(
  "an admin logs in with a key from 1Password, and corrects one of two tags of an image",
  async () => {
    mkdirSync(join(world.folder, "bin"));
    const op = join(world.folder, "bin/op");
    writeFileSync(op, `#!/bin/sh\n[ "$*" = 'read op://blumeops/registry-admin/key' ] && echo '${ada.key}'\n`);
    chmodSync(op, 0o755);
    const login = fenced("operations.md").find((block) => block.includes("skopeo login")) ?? "";
    expect(type("operations.md", login, { ADMIN: ada.username })).toMatchObject({ status: 0 });

    const { registryUrl } = world.settings;
    const basic = `Basic ${Buffer.from(`${ada.username}:${ada.key}`).toString("base64")}`;
    for (const tag of ["1.4.0-4f2a9c1", "another"])
      await pushImage(registryUrl, "blumeops/hello", tag, "shared", basic);
    const status = async (tag: string) =>
      (await fetch(`${registryUrl}/v2/blumeops/hello/manifests/${tag}`, { method: "HEAD" })).status;
    const [erase = ""] = fenced("tag-immutability.md");
    expect(type("tag-immutability.md", erase).stderr).toMatch(/409/);
    expect(await status("1.4.0-4f2a9c1")).toBe(200);
    const one =
      "curl -K login -X DELETE https://registry.example.org/v2/blumeops/hello/manifests/1.4.0-4f2a9c1";
    expect(type("tag-immutability.md", one)).toMatchObject({ status: 0 });
    expect([await status("1.4.0-4f2a9c1"), await status("another")]).toEqual([404, 200]);
    await pushImage(registryUrl, "blumeops/hello", "1.4.0-4f2a9c1", "by itself", basic);
    expect(type("tag-immutability.md", erase)).toMatchObject({ status: 0 });
    expect(await status("1.4.0-4f2a9c1")).toBe(404);
  },
);

describe("docs/verify.md shows what the commands print", () => {
  /** With ports, days and times that stay, each as long as what it stands for. */
  function lasting(text: string): string {
    const { authentik, forgejo, onepassword, settings } = world;
    const ports = [settings.registryUrl, authentik.url, forgejo.url, onepassword.url].map(
      (url) => new URL(url).port,
    );
    return [...ports.entries()]
      .reduce((rest, [index, port]) => rest.replaceAll(port, String(50001 + index)), text)
      .replace(/\b\d+ s (behind|ahead of)/g, "1 s behind")
      .replace(/in \d+\.\d s/, "in 3.0 s")
      .replace(/\(\d+ days\)/, "(90 days)")
      .replace(/\b\d{4}-\d\d-\d\dT[\d:.]+Z/g, "2026-11-25T13:58:32.766Z")
      .replace(/\b\d{4}-\d\d-\d\d\b(?!T)/g, (day) =>
        Date.parse(day) - Date.now() < 45 * DAY_MS ? "2026-11-25" : "2027-02-23",
      )
      .replace(/ +$/gm, "");
  }

  /** With WRITE_DOCS=1 the sample is made; otherwise a difference fails. */
  function expectSample(first: string, real: string): void {
    const text = page("verify.md");
    const sample = [...text.matchAll(/^```text\n([^]*?)^```$/gm)].find(([, block = ""]) =>
      block.startsWith(first),
    )?.[1];
    if (sample === undefined) throw new Error(`docs/verify.md has no sample that begins with ${first}`);
    if (process.env["WRITE_DOCS"] === "1") writeFileSync(SAMPLES, text.replace(sample, lasting(real)));
    else expect(sample).toBe(lasting(real));
  }

  test("npm run verify", async () => {
    expectSample("test: http", formatVerdict(await verify(world.input), { color: false }));
  });

  test("npm run who-can", async () => {
    const answers = { stack: "test", config: configText(world.raw), state: deployedState(world) };
    const environment = { ...installPulumi(world.folder, answers), ...world.environment };
    const report = await audit(await openStack({ stack: "test", environment }), {}, new Date());
    expectSample("Who may do what:", formatReport(report, { color: false }));
  });
});
