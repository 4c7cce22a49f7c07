import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const COMMON = readFileSync(join(__dirname, "../../../systems/host/remote/common.sh"), "utf8");

/** What a lock and a launcher rest upon, by /proc as on Linux and by ps as on macOS, whether or not the shell reaps its children. */
describe.each([
  ["/proc", COMMON],
  ["ps", COMMON.replaceAll("/proc/", "/nowhere/")],
])("by %s", (_, common) => {
  test.each(["dash", "bash"])(
    "%s: a process lives until it has ended, also where nobody has waited for it",
    (shell) => {
      const script = `exec 2>/dev/null
${common}
sleep 20 &
pid=$!
began=$(started "$pid")
says() { if alive "$1" "$2"; then echo "$3 lives"; else echo "$3 is gone"; fi; }
says "$pid" "$began" it
says "$pid" "$began-other" "another one of that number"
says "" "" nobody
kill -KILL "$pid"
until case $(ps -o stat= -p "$pid") in Z* | '') true ;; *) false ;; esac; do pause; done
says "$pid" "$began" it
`;
      expect(execFileSync(shell, { input: script, encoding: "utf8" }).trim().split("\n")).toEqual([
        "it lives",
        "another one of that number is gone",
        "nobody is gone",
        "it is gone",
      ]);
    },
  );
});

const linux = existsSync("/proc/self/stat") ? test : test.skip;

linux.each(["dash", "bash"])(
  "%s: whoever waits for a process starts none for it, where there is /proc",
  (shell) => {
    const script = `${COMMON}
look_at $$
PATH=/nowhere
if alive $$ "$STARTED"; then echo lives; fi
if alive $$ another; then echo another lives; fi
clock
echo "$NOW"
`;
    const { stdout, stderr } = spawnSync(`/bin/${shell}`, { input: script, encoding: "utf8" });
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^lives\n\d+\n$/);
  },
);
