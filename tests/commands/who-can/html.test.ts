import { htmlReport } from "../../../commands/who-can/html";
import { rightsOf } from "../../../commands/who-can/rights";
import type { AuditReport } from "../../../commands/who-can/types";
import { homelabAccess } from "../../support/access";
import { user } from "./user";

const directory = {
  users: [
    user("ada", ["admins"]),
    user('<img src="x">', ["admins"]),
    user("zot-ci", ["artifact-workloads"], { type: "service_account" }),
  ],
  groups: ["admins", "artifact-workloads"],
  bindings: [],
};

const key = {
  owner: "zot-ci",
  label: "zot-access/test/zot-ci",
  role: "in use",
  createdAt: "2026-11-01T00:00:00Z",
  ageDays: 29,
  isExpired: false,
} as const;

function report(changes: Partial<AuditReport> = {}): AuditReport {
  return {
    stack: "test",
    registryUrl: "https://registry.example.org",
    zotVersion: "2.1.20",
    askedAt: "2026-11-30T12:00:00Z",
    question: {},
    rights: rightsOf(homelabAccess({ caches: ["docker.io/**"] }), directory, {}),
    superusers: ["akadmin"],
    keys: [
      { ...key, expiresAt: "2027-01-30T12:00:00Z", lastUsed: "2026-11-29T00:00:00Z" },
      { ...key, owner: "cv-ci", expiresAt: "2026-12-02T12:00:00Z" },
      { ...key, owner: "ada", label: "laptop", role: "other" },
    ],
    notSeen: ["keys of anybody but zot-ci"],
    differences: [],
    ...changes,
  };
}

/** The cells of each row, without markup. */
function rowsOf(page: string): string[][] {
  return [...page.matchAll(/<tr>(.*?)<\/tr>/g)].map(([, cells = ""]) =>
    [...cells.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/g)].map(([, cell = ""]) =>
      cell
        .replace(/<[^>]*>/g, "")
        .replaceAll("&lt;", "<")
        .replaceAll("&gt;", ">")
        .replaceAll("&quot;", '"'),
    ),
  );
}

test("each right has its reason, by place and by who, and each key its owner, age and end", () => {
  const found = report();
  const rows = rowsOf(htmlReport(found));
  for (const { area, kind, may, who, why } of found.rights) {
    const marks = ["pull", "push", "overwrite", "delete"].map((verb) =>
      may.some((each) => each === verb) ? "✓" : "–",
    );
    expect(rows).toContainEqual([kind === who ? who : `${who} ${kind}`, ...marks, why]);
    expect(rows).toContainEqual([area, ...marks, why]);
  }
  expect(rows.slice(-3)).toEqual([
    ["zot-ci", key.label, "in use", "2026-11-01, 29 days old", "2027-01-30 in 61 days", "2026-11-29"],
    ["cv-ci", key.label, "in use", "2026-11-01, 29 days old", "2026-12-02 in 2 days", "never"],
    ["ada", "laptop", "other", "2026-11-01, 29 days old", "never", "never"],
  ]);
});

test("differences come first, with the fix, and unreadable parts are named", () => {
  const differences = [{ found: "ben is in artifact-workloads", todo: "take the group from ben" }];
  const page = htmlReport(report({ differences }));
  expect(page.indexOf("ben is in artifact-workloads")).toBeLessThan(page.indexOf("By place</h2>"));
  expect(page).toContain("take the group from ben");
  expect(page).toContain("keys of anybody but zot-ci");
  expect(page).not.toContain("No differences");
  expect(htmlReport(report())).toContain("No differences from the settings");
});

test("it is one page: no name is markup, and nothing is loaded or run", () => {
  const page = htmlReport(report({ notSeen: ["<script>alert(1)</script>", "a\u202eb"] }));
  expect(page).not.toMatch(/<(script|img|link|iframe|object|embed|form|base)\b/);
  expect(page).not.toMatch(/<[^>]*\s(src|action|srcset|on\w+)=/i);
  expect(page).not.toMatch(/url\(|@import/);
  expect([...page.matchAll(/href="([^"]*)"/g)].every(([, href = ""]) => href.startsWith("#"))).toBe(true);
  expect(page).toContain("default-src 'none'");
  expect(page).not.toContain("\u202e");
});

/** Values of a property in the rules of a part of the style sheet, by selector. */
function styles(css: string, property: string): Record<string, string> {
  const rules = [...css.matchAll(/([^{}]+)\{([^{}]*)\}/g)];
  return Object.fromEntries(
    rules.flatMap(([, selectors = "", body = ""]) => {
      const value = new RegExp(`(?:^|[;\\s])${property}:\\s*([^;]+)`).exec(body)?.[1]?.trim();
      return value === undefined ? [] : selectors.split(",").map((each) => [each.trim(), value]);
    }),
  );
}

test("on a phone names have the whole width of a card, and on paper no heading stands alone and no date is broken", () => {
  const css = /<style>([\s\S]*)<\/style>/.exec(htmlReport(report()))?.[1] ?? "";
  const [wide = "", narrow = ""] = css.split(/@media (?:screen and \(max-width: 40rem\)|print) \{/);
  // The rule for wide screens names `tbody th`: one for `th` alone would not win over it.
  for (const selector of Object.keys(styles(wide, "width")).filter((each) => /\bth$/.test(each)))
    expect([selector, styles(narrow, "width")["tbody th"]]).toEqual([selector, "auto"]);
  expect(styles(wide, "break-after")["h2"]).toBe("avoid");
  expect(styles(wide, "white-space")["#keys td time"]).toBe("nowrap");
  expect(rowsOf(htmlReport(report())).flat()).toContain("2026-11-01, 29 days old");
  expect(htmlReport(report())).toContain(
    '<time datetime="2026-11-01T00:00:00Z">2026-11-01</time>, 29 days old',
  );
});
