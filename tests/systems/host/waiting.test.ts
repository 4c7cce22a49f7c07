import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";

const REMOTE = resolve(__dirname, "../../../systems/host/remote");

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
