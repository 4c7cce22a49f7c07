import { readFileSync } from "node:fs";
import { join } from "node:path";

const table = readFileSync(join(__dirname, "../../docs/host-faults.md"), "utf8");
const rows = [...table.matchAll(/^\| (.+?) \|.*\| ([\w-]+): (.+?)\s*\|$/gm)].map(
  ([, fault = "", file = "", name = ""]) => ({
    fault,
    file,
    name,
  }),
);

test("the table is read", () => {
  expect(rows.length).toBeGreaterThan(30);
});

test.each(rows)("$fault: the test that the table names is there", ({ file, name }) => {
  expect(readFileSync(join(__dirname, `${file}.test.ts`), "utf8")).toContain(name);
});
