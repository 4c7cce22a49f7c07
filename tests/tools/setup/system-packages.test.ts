import { existsSync, readdirSync } from "node:fs";
import { installHint, missingTools, serverFolders } from "../../../tools/setup/system-packages";

const nothing = () => false;

test("the mission asks for less than the tests", () => {
  expect(missingTools("start", "linux", nothing).map((tool) => tool.program)).toEqual(["sshd", "curl"]);
  expect(missingTools("test", "linux", nothing).map((tool) => tool.program)).toEqual(
    expect.arrayContaining(["sshd", "curl", "shellcheck", "skopeo", "dash", "busybox", "initdb"]),
  );
});

test("what is there is not asked for", () => {
  expect(
    missingTools("test", "linux", (program) => program !== "skopeo").map((tool) => tool.program),
  ).toEqual(["skopeo"]);
  expect(missingTools("test", "linux", () => true)).toEqual([]);
});

test("tools that macOS tests do not need are not required there", () => {
  const asked = missingTools("test", "darwin", nothing).map((tool) => tool.program);
  expect(asked).not.toContain("busybox");
  expect(asked).not.toContain("initdb");
});

test("the hint names packages, not programs, as each system calls them", () => {
  const hint = installHint(missingTools("test", "linux", (program) => program === "skopeo"));
  expect(hint).toContain("sudo apt-get install openssh-server curl shellcheck dash busybox postgresql");
  expect(hint).toContain("sudo dnf install openssh-server curl ShellCheck dash busybox postgresql-server");
  expect(hint).toMatch(/brew install shellcheck$/);
});

test("macOS's own tools are not listed for installation", () => {
  expect(installHint(missingTools("start", "darwin", nothing))).not.toContain("brew");
});

test("a PostgreSQL of Debian is found in its own folder", () => {
  const folders = serverFolders().filter((folder) => folder.startsWith("/usr/lib/postgresql/"));
  expect(folders).toHaveLength(
    existsSync("/usr/lib/postgresql") ? readdirSync("/usr/lib/postgresql").length : 0,
  );
});
