import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";

const REMOTE = resolve(__dirname, "../../../systems/host/remote");

test.each(["ps", "/proc"])(
  "what tells something and hangs is ended with all that it started, as whoever reads it waits for the last (%s)",
  (table) => {
    const script = `
    . ${join(REMOTE, "common.sh")}
    ${table === "ps" ? "" : "ps() { return 1; }"}
    told=$(asked 1 sh -c 'echo begun; sleep 600 & sh -c "sleep 600; true"; true')
    echo "$? $told"`;
    const { stdout } = spawnSync("/bin/sh", ["-c", script], { encoding: "utf8", timeout: 120_000 });
    expect(stdout).toBe("124 begun\n");
  },
);

test.each([
  ["302", "full"],
  ["404", "fallback"],
  // Beside the logins of another provider.
  ["400", "fallback"],
  ["000", "none"],
  ["500", "none"],
  // A zot that is up, and would be restarted for nothing.
  ["429", ""],
  ["401", ""],
])("a zot that answers to a login with %s serves %s", (code, mode) => {
  const script = `
    . ${join(REMOTE, "set-served.sh")}
    ZA_URL=http://127.0.0.1:1
    ask() { echo ${code}; }
    answers() { return 1; }
    serves`;
  const { stdout } = spawnSync("/bin/sh", ["-c", script], { encoding: "utf8" });
  expect(stdout.trim()).toBe(mode);
});

test("what does not come up in the first seconds is asked twice a second, as each question starts a curl", () => {
  const script = `
    . ${join(REMOTE, "common.sh")}
    . ${join(REMOTE, "apply-tools.sh")}
    ask() { now; return 1; }
    now
    within 6 ask
    echo "status $?"`;
  const { stdout } = spawnSync("/bin/sh", ["-c", script], { encoding: "utf8" });
  const [began = "", ...rest] = stdout.trim().split("\n");
  expect(rest.pop()).toBe("status 1");
  const late = rest.map((at) => Number(at) - Number(began)).filter((second) => second >= 4);
  expect(late.length).toBeGreaterThan(0);
  for (const second of new Set(late))
    expect(late.filter((each) => each === second).length).toBeLessThanOrEqual(2);
});
