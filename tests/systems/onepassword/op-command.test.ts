import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseOpReference } from "../../../systems/onepassword/op-reference";
import { openOnePassword } from "../../../systems/onepassword";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "zot-access-op-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A command `op` that notes how it was called and then runs the script. */
function withOp(script: string) {
  const said = join(folder, "said");
  writeFileSync(
    join(folder, "op"),
    `#!/bin/sh\necho "$OP_SERVICE_ACCOUNT_TOKEN\${OP_CONNECT_TOKEN:+ connect}|$*" >>'${said}'\n${script}\n`,
    { mode: 0o700 },
  );
  return () => readFileSync(said, "utf8").trim().split("\n");
}

const environment = () => ({ PATH: `${folder}:/usr/bin:/bin` });
const access = { vaultId: "vg6xf6vvfmoh5hqjjhlhbeoaie" };
const reference = parseOpReference("op://homelab/registry host/private key?ssh-format=openssh");

test("a service account reads through op: the reference in its arguments, the token in its environment, each once", async () => {
  const calls = withOp("printf 'the key'");
  const reader = openOnePassword({ ...access, serviceAccountToken: { value: "ops_secret" } }, environment());
  expect(await Promise.all([reader.read(reference), reader.read(reference)])).toEqual(["the key", "the key"]);
  expect(calls()).toEqual([
    "ops_secret|read --no-newline op://homelab/registry host/private key?ssh-format=openssh",
  ]);
});

test("the desktop app's account is named; half a Connect in the environment is not passed on", async () => {
  const calls = withOp("printf x");
  const reader = openOnePassword(
    { ...access, account: "my.1password.com" },
    { ...environment(), OP_CONNECT_TOKEN: "t" },
  );
  await reader.check();
  expect(calls()).toEqual(["|whoami --account my.1password.com"]);
});

test("op's errors are passed on with the next step, its output is not", async () => {
  withOp("echo half-a-secret; echo '[ERROR] no such item' >&2; exit 1");
  const error = (await openOnePassword(access, environment())
    .read(reference)
    .catch((cause: unknown) => cause)) as Error;
  expect(error.message).toContain("[ERROR] no such item");
  expect(error.message).toContain("op whoami");
  expect(error.message).not.toContain("half-a-secret");
});

test("without op the message lists the alternatives", async () => {
  await expect(openOnePassword(access, environment()).read(reference)).rejects.toThrow("OP_CONNECT_HOST");
});

test("items are found by their title in any case, and show their fields' names, never what is in them", async () => {
  const list = [
    { id: "one", title: "Zot-CI-apikey" },
    { id: "two", title: "other" },
  ];
  const item = {
    id: "one",
    category: "LOGIN",
    sections: [{ id: "s", label: "key" }],
    fields: [
      { id: "password", label: "password", purpose: "PASSWORD", value: "zak_x" },
      { id: "f", label: "uuid", value: "u", section: { id: "s" } },
      { id: "e", label: "empty" },
    ],
    files: [{ id: "x", name: "backup.txt" }],
    urls: [{ primary: true, href: "https://registry.example.org" }, { href: "https://old.example.org" }],
  };
  const calls = withOp(
    `case "$2" in list) echo '${JSON.stringify(list)}';; get) echo '${JSON.stringify(item)}';; esac`,
  );
  const found = await openOnePassword(access, environment()).find("vault-id", "zot-ci-apikey");
  const labels = ["password", "key/uuid", "file backup.txt", "URL https://old.example.org"];
  expect(found).toEqual([{ id: "one", category: "login", labels }]);
  expect(calls().at(-1)).toBe("|item get one --vault vault-id --format json");
});
