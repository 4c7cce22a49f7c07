import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kubectl } from "../../../commands/adopt/kubernetes";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "zot-access-kubectl-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A command `kubectl` that notes its arguments and then runs the script. */
function ask(script: string) {
  writeFileSync(join(folder, "kubectl"), `#!/bin/sh\necho "$*" >'${folder}/said'\n${script}\n`, {
    mode: 0o700,
  });
  return kubectl({ PATH: `${folder}:/usr/bin:/bin` })("k3s", "secret", "ci", "zot-push");
}

test("type and field managers are read, and the Secret's data is not requested", async () => {
  const found = await ask("printf 'zot-push\\nOpaque\\nargocd-controller kubectl argocd-controller'");
  expect(found).toEqual({ type: "Opaque", managers: ["argocd-controller", "kubectl"] });
  const said = readFileSync(join(folder, "said"), "utf8");
  expect(said).toContain("--context k3s --namespace ci get secret zot-push --ignore-not-found");
  expect(said).not.toContain(".data");
});

test("a missing Secret is no error; a cluster that cannot be asked is an error with the next step", async () => {
  expect(await ask("true")).toBeUndefined();
  await expect(ask("echo 'no route to host' >&2; exit 1")).rejects.toThrow(
    "secret ci/zot-push in k3s: no route to host",
  );
  await expect(kubectl({ PATH: "/nowhere" })("k3s", "secret", "ci", "zot-push")).rejects.toThrow(
    "install it",
  );
});
