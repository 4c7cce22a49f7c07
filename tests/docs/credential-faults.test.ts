import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isTitleIn } from "../support/titles";

const read = (path: string) => readFileSync(join(__dirname, "..", path), "utf8");

/** Everything that docs/credential-faults.md says beside its table, which tests/provider/credential-life.test.ts makes. */
const [, tail = ""] = read("../docs/credential-faults.md").split("<!-- table ends -->\n");
const claims = tail.split(/^- /m).slice(1);
const rows = claims.map((text) => {
  const [, what = ""] = /^(?:\*\*)?(.+?)\*\*/.exec(text) ?? [];
  const tests = [...text.matchAll(/`([\w/-]+): ([^`]+)`/g)].map(([, file = "", name = ""]) => ({
    file,
    name,
  }));
  return { what, text, tests };
});

test("the document is read", () => {
  expect(rows.length).toBeGreaterThan(15);
});

test.each(rows)("$what: what it rests on is named, and is there", ({ text, tests }) => {
  const missing = tests.filter(({ file, name }) => {
    const path = join(__dirname, "..", `${file}.test.ts`);
    return (
      !existsSync(path) || !name.split(" › ").every((title) => isTitleIn(read(`${file}.test.ts`), title))
    );
  });
  expect(missing).toEqual([]);
  // Or else a run by hand, which is told where it was written down.
  if (tests.length === 0) expect(text).toContain("(real-parts.md)");
});
