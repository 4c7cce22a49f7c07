import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { FLAVOURS, isSecretName, isVariableName } from "../../../rehearsal/forgejo/flavours";

/*
 * Each name that a user is told to set in the repository's settings is one that every supported version takes.
 */
const root = join(__dirname, "../../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const inFolder = (folder: string, ending: string) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith(ending))
    .map((name) => read(join(folder, name)));

const workflows = [...inFolder(".forgejo/workflows", ".yaml"), ...inFolder("docs/push", ".yaml")];
const pages = inFolder("docs", ".md");
const found = (texts: readonly string[], pattern: RegExp) =>
  texts.flatMap((text) => [...text.matchAll(pattern)].map(([, name = ""]) => name));

const variables = new Set([
  ...found(workflows, /\bvars\.(\w+)/g),
  ...found(pages, /\bvars\.(\w+)/g),
  ...found(pages, /^\| `(\w+)` +\| variable/gm),
]);
const secrets = new Set([
  ...found(workflows, /\bsecrets\.(\w+)/g),
  ...found(pages, /\bsecrets\.(\w+)/g),
  ...found(pages, /^\| `(\w+)` +\| secret/gm),
]);

test("the docs and the workflows name some", () => {
  expect([...variables]).toEqual(expect.arrayContaining(["STACK", "STACK_LOCK_OWNER"]));
  expect([...secrets]).toEqual(expect.arrayContaining(["PULUMI_BACKEND_URL", "ZOT_CI_API_KEY"]));
});

test.each(Object.entries(FLAVOURS))("%s takes all of them", (_name, flavour) => {
  expect([...variables].filter((name) => !isVariableName(name, flavour))).toEqual([]);
  expect([...secrets].filter((name) => !isSecretName(name, flavour))).toEqual([]);
});

test("each variable and secret that the stack's workflow reads is in the table of docs/ci.md", () => {
  const page = read("docs/ci.md");
  const workflow = [read(".forgejo/workflows/stack.yaml")];
  for (const name of found(workflow, /\bvars\.(\w+)/g))
    expect(page).toMatch(new RegExp(`\`${name}\` +\\| variable`));
  for (const name of found(workflow, /\bsecrets\.(\w+)/g))
    expect(page).toMatch(new RegExp(`\`${name}\` +\\| secret`));
});

test("the stack's workflow passes a job the credentials of each backend in docs/state.md", () => {
  const openers = found([read("docs/state.md")], /`((?:AWS|PG)_?[A-Z_]+)`/g).filter(
    // A file would be the runner's own.
    (name) => !name.endsWith("FILE"),
  );
  expect(openers).toEqual(expect.arrayContaining(["PGPASSWORD", "AWS_SECRET_ACCESS_KEY"]));
  expect(found([read(".forgejo/workflows/stack.yaml")], /^ {2}(\w+): \$\{\{ secrets\.\1 \}\}$/gm)).toEqual(
    expect.arrayContaining(openers),
  );
});
