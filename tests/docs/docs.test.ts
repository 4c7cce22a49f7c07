import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { settingsReference } from "../../tools/docs/settings-reference";
import { sections } from "../../config/schema";
import { read } from "./markdown";

const ROOT = resolve(__dirname, "../..");
const INDEX = "docs/README.md";
const pages = ["README.md", "CONTRIBUTING.md", ...markdownBelow("docs")];

function markdownBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".md"))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
}

const pageOf = (path: string) => read(readFileSync(join(ROOT, path), "utf8"));
const isOutside = (link: string) => /^[a-z]+:/.test(link);

/** Where a link of a page leads, from the root. */
function targetOf(page: string, link: string): { path: string; anchor: string | undefined } {
  const [file = "", anchor] = link.split("#", 2);
  return { path: file === "" ? page : join(dirname(page), file), anchor };
}

test.each(pages)("every link of %s leads somewhere", (page) => {
  const broken = pageOf(page)
    .links.filter((link) => !isOutside(link))
    .filter((link) => {
      const { path, anchor } = targetOf(page, link);
      if (!existsSync(join(ROOT, path))) return true;
      return anchor !== undefined && !pageOf(path).anchors.has(anchor);
    });
  expect(broken).toEqual([]);
});

test("every page, and every folder of other files, is in the index, and the index is in the README", () => {
  const folders = readdirSync(join(ROOT, "docs")).filter((name) =>
    statSync(join(ROOT, "docs", name)).isDirectory(),
  );
  const wanted = [
    ...markdownBelow("docs").filter((page) => page !== INDEX),
    ...folders.map((name) => `docs/${name}`),
  ];
  const listed = pageOf(INDEX).links.map((link) => targetOf(INDEX, link).path.replace(/\/$/, ""));
  expect(wanted.filter((page) => !listed.includes(page))).toEqual([]);
  expect(pageOf("README.md").links).toContain(INDEX);
});

test("every npm command that is named exists", () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: object };
  for (const page of pages) {
    const { code, blocks } = pageOf(page);
    const named = [...code, ...blocks].flatMap((text) =>
      [...text.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name]) => name),
    );
    for (const name of named)
      expect([page, Object.keys(scripts)]).toEqual([page, expect.arrayContaining([name])]);
  }
});

test("every setting that is named exists", () => {
  const reference = settingsReference(join(ROOT, "config/schema.ts"));
  const known = new Set(
    [...reference.matchAll(/^\| `([^`]+)`/gm)].map(([, path = ""]) => path.replaceAll("[]", "")),
  );
  // `forgejo.repositories` and the like are described by what is in them.
  for (const path of [...known]) known.add(path.slice(0, path.lastIndexOf(".")));
  const namesSetting = new RegExp(`^(?:zot-access:)?((?:${Object.keys(sections).join("|")})(?:\\.\\w+)+)$`);
  let found = 0;
  for (const page of pages) {
    const unknown = pageOf(page)
      .code.flatMap((text) => namesSetting.exec(text)?.[1] ?? [])
      .filter((path) => {
        found += 1;
        return !known.has(path);
      });
    expect([page, unknown]).toEqual([page, []]);
  }
  expect(found).toBeGreaterThan(30);
});

test("every test that is named exists", () => {
  for (const page of pages) {
    const named = pageOf(page).code.filter((text) =>
      /^(?:tests|rehearsal|systems|keys|commands|config|components|provider|policy|tools|docs)\/[\w./-]+$/.test(
        text,
      ),
    );
    expect([page, named.filter((path) => !existsSync(join(ROOT, path.replace(/\/$/, ""))))]).toEqual([
      page,
      [],
    ]);
  }
});
