import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isTitleIn } from "../../support/titles";

const read = (path: string): string => readFileSync(join(__dirname, path), "utf8");

/** The last column (a file of another folder has that before it): `file: title`, or `file: title of the group › title`. */
const rows = [
  ...read("../../../docs/host-faults.md").matchAll(/^\| (.+?) +\|.*\| ([\w/-]+): (.+?)\s*\|$/gm),
].map(([, fault = "", file = "", name = ""]) => ({ fault, file, titles: name.split(" › ") }));

const SUPPORT = read("support/cut.ts") + read("support/before.ts");

/** Tests that several files share stand in what they import. */
function sourceOf(file: string): string {
  const path = file.includes("/") ? `../../${file}` : file;
  const source = read(`${path}.test.ts`);
  const shared = [...source.matchAll(/from "\.\/(support\/[\w-]+)"/g)].map(([, name = ""]) =>
    read(join(dirname(path), `${name}.ts`)),
  );
  return [source, ...shared].join("\n");
}

test("the table is read", () => {
  expect(rows.length).toBeGreaterThan(30);
});

test.each(rows)("$fault: the test that the table names is there", ({ file, titles }) => {
  const source = sourceOf(file);
  expect(titles.filter((title) => !isTitleIn(source, title, SUPPORT))).toEqual([]);
});
