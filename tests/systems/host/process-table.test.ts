import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PARTS = ["common.sh", "apply-service.sh"]
  .map((name) => readFileSync(join(__dirname, "../../../systems/host/remote", name), "utf8"))
  .join("\n");

const root = mkdtempSync(join(tmpdir(), "zot-access-processes-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** What a host without a usable ps says of its processes. */
function put(pid: number, is: { parent?: number; user?: number; words?: string[] }): void {
  const folder = join(root, String(pid));
  mkdirSync(folder);
  const lines = [
    ...(is.parent === undefined ? [] : [`PPid:\t${String(is.parent)}`]),
    ...(is.user === undefined ? [] : [`Uid:\t1\t${String(is.user)}\t1\t1`]),
  ];
  writeFileSync(join(folder, "status"), `Name:\tx\n${lines.join("\n")}\n`);
  writeFileSync(join(folder, "cmdline"), (is.words ?? []).map((word) => `${word}\0`).join(""));
}

const users = (top: string) =>
  execFileSync("sh", {
    encoding: "utf8",
    input: `${PARTS.replaceAll("/proc/", `${root}/`)}
ps() { return 1; }
service_pid() { echo "${top}"; }
ZC_IMAGE= ZC_ZOT=/bin/zot ROOT=/etc/zot
zot_users`,
  }).trim();

test("on a host whose ps cannot say it: one that ends while it is read is nobody, and does not become part of the next", () => {
  const zot = ["/bin/zot", "serve", "/etc/zot/config.json"];
  put(10, { parent: 1, words: zot }); // its user could not be read any more
  put(11, { words: zot });
  put(12, { parent: 1, user: 7, words: ["observe\\n", "serve"] });
  put(20, { parent: 3, user: 1000, words: zot });
  put(21, { parent: 4, user: 1001, words: ["/bin/zot", "serve", "/tmp/trial.json"] });
  put(30, { parent: 30_234, user: 1002, words: zot });
  expect(users("")).toBe("1000\n1002");
  expect(users("3")).toBe("1000");
});
