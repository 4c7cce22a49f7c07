import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AccessControl } from "../../../systems/zot/access";
import { conform, type Difference } from "../../../commands/conform/run";
import { standIn } from "../verify/stand-in";

const access: AccessControl = { repositories: { "**": { anonymousPolicy: ["read"] } } };

/** What conform() finds when the stand-in is started by this script, whose $2 is the config, on one line. */
async function differences(script: string): Promise<Difference[]> {
  const candidate = standIn();
  try {
    const binary = join(candidate.folder, "zot");
    mkdirSync(candidate.folder, { recursive: true });
    writeFileSync(binary, `#!/bin/sh\n${script}\nexec '${candidate.binary}' "$@"\n`, { mode: 0o700 });
    const verdicts = await conform({ ...candidate, binary }, { table: [{ shows: "all may read", access }] });
    return verdicts.flatMap((each) => each.differences);
  } finally {
    candidate.remove();
  }
}

test("a zot that lets anyone delete is found, in each repository and by what was deleted", async () => {
  const found = await differences(
    `sed 's/"anonymousPolicy":\\["read"\\]/"anonymousPolicy":["read","delete"]/' "$2" >"$2.new" && mv "$2.new" "$2"`,
  );
  expect(found).toContainEqual({
    shows: "all may read",
    person: "anonymous",
    asked: "delete",
    repository: "ci/app",
    expected: "401",
    actual: "allowed",
  });
  expect(found).toContainEqual(
    expect.objectContaining({ repository: "app:anonymous-one", expected: "there", actual: "gone" }),
  );
  expect(new Set(found.map(({ person }) => person))).toEqual(new Set(["anonymous", "storage"]));
});

test("traces of the questions are found, even where all answers are right", async () => {
  const found = await differences(
    `root=$(sed 's/.*"rootDirectory":"\\([^"]*\\)".*/\\1/' "$2")\n[ -d "$root/x1" ] && cp -R "$root/ci/app" "$root/x1/left"`,
  );
  expect(found).toContainEqual(
    expect.objectContaining({ repository: "x1/left:v1", expected: "not there", actual: "there" }),
  );
});
