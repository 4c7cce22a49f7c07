import { installHint, missingTools } from "../../setup/system-packages";

const nothing = () => false;

test("the mission asks for less than the tests", () => {
  expect(missingTools("start", "linux", nothing).map((tool) => tool.program)).toEqual(["sshd", "curl"]);
  expect(missingTools("test", "linux", nothing).map((tool) => tool.program)).toEqual(
    expect.arrayContaining(["sshd", "curl", "shellcheck", "skopeo", "dash", "busybox"]),
  );
});

test("what is there is not asked for", () => {
  expect(
    missingTools("test", "linux", (program) => program !== "skopeo").map((tool) => tool.program),
  ).toEqual(["skopeo"]);
  expect(missingTools("test", "linux", () => true)).toEqual([]);
});

test("busybox, which nobody has on macOS, is not asked for there", () => {
  expect(missingTools("test", "darwin", nothing).map((tool) => tool.program)).not.toContain("busybox");
});

test("the hint names packages, not programs, as each system calls them", () => {
  const hint = installHint(missingTools("test", "linux", (program) => program === "skopeo"));
  expect(hint).toContain("sudo apt-get install openssh-server curl shellcheck dash busybox");
  expect(hint).toContain("sudo dnf install openssh-server curl ShellCheck dash busybox");
  expect(hint).toMatch(/brew install shellcheck$/);
});

test("nobody is told to install on macOS what comes with it", () => {
  expect(installHint(missingTools("start", "darwin", nothing))).not.toContain("brew");
});
