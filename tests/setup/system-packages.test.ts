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

test("busybox, which is for Linux alone, is not asked for on macOS", () => {
  expect(missingTools("test", "darwin", nothing).map((tool) => tool.program)).not.toContain("busybox");
});

test("the hint names packages, not programs, for each system", () => {
  const hint = installHint(missingTools("start", "linux", nothing));
  expect(hint).toContain("sudo apt-get install openssh-server curl");
  expect(hint).toContain("sudo dnf install openssh-server curl");
});
