import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseProbe } from "../../../systems/host/probe-answer";

/* By which client ids zot logs people in, as the probe reads them on the host: by them an adoption finds the client in Authentik. */
const functions = readFileSync(join(__dirname, "../../../systems/host/remote/client-ids.sh"), "utf8");

function clientIds(name: string, config: string, files: Record<string, string>): string[] {
  const root = mkdtempSync(join(tmpdir(), "client-ids-"));
  mkdirSync(join(root, "secrets"));
  for (const [file, text] of Object.entries({ ...files, [name]: config }))
    writeFileSync(join(root, file), text.replaceAll("ROOT", root));
  const script = `${functions}\nROOT='${root}'; client_ids '${join(root, name)}'`;
  const said = execFileSync("/bin/sh", ["-s"], { input: script, encoding: "utf8" });
  expect(said).not.toContain("s3cret");
  return said.split("\n").filter((id) => id !== "");
}

test.each([
  [
    "pretty JSON, elsewhere",
    "config.json",
    JSON.stringify({ openid: { credentialsFile: "ROOT/secrets/c.json" } }, null, 2),
    { "secrets/c.json": JSON.stringify({ clientid: "zot", clientsecret: "s3cret" }, null, 4) },
  ],
  [
    "one line, and names in another case",
    "config.json",
    '{"ldap":{"credentialsFile":"ROOT/secrets/l.json"},"oidc":{"CredentialsFile":"ROOT/secrets/c.json"}}',
    {
      "secrets/c.json": '{"clientSecret":"s3cret","ClientID":"zot"}',
      "secrets/l.json": '{"bindDN":"cn=x","bindPassword":"s3cret"}',
    },
  ],
  [
    "YAML",
    "config.yaml",
    "http:\n  auth:\n    openid:\n      providers:\n        oidc:\n          credentialsFile: ROOT/secrets/c.json\n",
    { "secrets/c.json": '{"clientid": "zot", "clientsecret": "s3cret"}' },
  ],
  ["the usual place alone", "config.json", "{}", { "oidc-credentials.json": '{"clientid":"zot"}' }],
  ["in the config itself", "config.json", '{"oidc": {"clientid": "zot", "clientsecret": "s3cret"}}', {}],
])("the client id of %s", (_what, name, config, files) => {
  expect(clientIds(name, config, files as Record<string, string>)).toEqual(["zot"]);
});

test("of a container: its credentials lie behind its mounts, the deepest first, and nowhere where it has none there", () => {
  const root = mkdtempSync(join(tmpdir(), "client-ids-"));
  mkdirSync(join(root, "deep"));
  writeFileSync(join(root, "deep/c.json"), '{"clientid": "zot"}');
  writeFileSync(join(root, "c.json"), '{"clientid": "of-the-image"}');
  const config = join(root, "config.json");
  const ids = (credentialsFile: string) => {
    writeFileSync(config, JSON.stringify({ oidc: { credentialsFile } }));
    const mounts = `ZC_MOUNTS='/etc/zot/oidc:${root}/deep\n/etc/zot:${root}/none'`.replace("\\n", "\n");
    const script = `set -u\n${functions}\nROOT='${root}' ${mounts}; client_ids '${config}'`;
    return execFileSync("/bin/sh", ["-s"], { input: script, encoding: "utf8" }).trim();
  };
  expect(ids("/etc/zot/oidc/c.json")).toBe("zot");
  expect(ids("/etc/zot/c.json")).toBe("");
  expect(ids(`${root}/c.json`)).toBe("");
});

test("none, and several", () => {
  expect(clientIds("config.json", '{"http": {}}', {})).toEqual([]);
  const head = "clientIds=images zot \nruns=0\n";
  expect(parseProbe(`${head}zot-access-probe-end\n`, 0).clientIds).toEqual(["images", "zot"]);
});
