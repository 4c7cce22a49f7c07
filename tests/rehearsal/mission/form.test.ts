import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { filled, readInstallation } from "../../../rehearsal/mission/installation/form";
import { keptAt } from "../../../rehearsal/mission/installation/make";
import { otherChanges } from "../../../rehearsal/mission/installation/run";
import { OWN } from "../../../systems/pulumi/types";
import { parseArguments } from "../../../rehearsal/mission/arguments";

const FOLDER = join(__dirname, "../../../rehearsal/installations");

test("all installations of the project are of the form", () => {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith(".yaml"));
  expect(files.length).toBeGreaterThanOrEqual(8);
  for (const file of files) readInstallation(readFileSync(join(FOLDER, file), "utf8"));
});

test("everything that is not of the form is told at once, by its place", () => {
  const text =
    "name: x\nzot: {config: {}, file: zot.toml, container: file, services: plain}\nexpect: {refused: [loseLogin], after: [{who: a, do: sing, answer: 1}]}\n";
  expect(() => readInstallation(text)).toThrow(
    /installation:zot\.file is not the name of a config[\s\S]*installation:zot\.container must be[\s\S]*zot\.services is not a setting[\s\S]*refused\[0\] must be one of[\s\S]*after\[0\]\.do must be/,
  );
  expect(() => readInstallation("name: [")).toThrow("is not valid YAML");
});

test("words are filled in wherever they stand; those that nothing stands for are told", () => {
  const words = new Map([["data", "/srv"]]);
  expect(filled({ "${data}": ["a ${data}/b", 1] }, words, () => undefined)).toEqual({
    "/srv": ["a /srv/b", 1],
  });
  expect(() => filled("${dats} ${data}", words, () => undefined)).toThrow("${dats}");
});

test("a path finds names that hold dots, in whatever case", () => {
  const tree = { Storage: { subPaths: { "/a.b": { rootDirectory: "/x" } } } };
  expect(keptAt(tree, "storage.subPaths./a.b.rootDirectory")).toBe("/x");
  expect(keptAt(tree, "storage.none.rootDirectory")).toBeUndefined();
});

test("--from-ansible is one of the installations, and a file is looked for where npm was called", () => {
  expect(parseArguments(["--from-ansible"]).installation).toBe(join(FOLDER, "ansible.yaml"));
  const before = process.env["INIT_CWD"];
  process.env["INIT_CWD"] = "/elsewhere";
  try {
    expect(parseArguments(["--installation", "mine.yaml"]).installation).toBe("/elsewhere/mine.yaml");
  } finally {
    if (before === undefined) delete process.env["INIT_CWD"];
    else process.env["INIT_CWD"] = before;
  }
  expect(() => parseArguments(["--installation", "a.yaml", "--from-ansible"])).toThrow(/cannot be used with/);
});

test("a change that is not expected is told, and one that is made anew or follows another is none", () => {
  const step = (op: string, type: string, name: string) => ({
    op,
    urn: `urn:pulumi:s::zot-access::zot-access:index:X$${type}::${name}`,
  });
  const steps = [
    step("same", "t:m:Kept", "kept"),
    step("create", "t:m:New", "new"),
    step("update", OWN.accessProof, "access-proof-matrix"),
    step("update", "command:remote:Command", "registry-config"),
    step("delete", "t:m:Gone", "gone"),
    step("update", "t:m:Other", "other"),
  ];
  expect(otherChanges(steps, { "registry-config": "update" })).toEqual(["gone (delete)", "other (update)"]);
  expect(otherChanges(steps, { gone: "delete", other: "update" })).toEqual(["registry-config (update)"]);
});
