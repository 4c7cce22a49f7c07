import { toJunit } from "../../../commands/verify/report/junit";
import { wantsColor } from "../../../commands/shared/paint";
import { formatVerdict } from "../../../commands/verify/report/text";
import type { VerificationResult } from "../../../commands/verify/verify";
import { formatMatrix } from "../../../commands/verify/report/matrix";
import { assertMatrix, MatrixError, type MatrixRow } from "../../../systems/zot/proof";

const row = (overrides: Partial<MatrixRow>): MatrixRow => ({
  identity: "CI key",
  client: "generic",
  action: "overwrite tag",
  asks: "repository",
  outcome: "forbidden",
  target: "ci/app:v1",
  expected: "403",
  actual: "403",
  ok: true,
  ...overrides,
});
const wrong = { actual: "allowed", outcome: "allowed", ok: false } as const;
const ESCAPE = "\u001b[";

test("one line for each question, one column for each identity; clients are named where they differ", () => {
  const text = formatMatrix(
    [
      row({ identity: "anonymous", expected: "401", actual: "401" }),
      row({}),
      row({ client: "docker" }),
      row({ action: "version check", target: "/v2/", expected: "allowed", actual: "allowed" }),
      row({ action: "version check", target: "/v2/", client: "docker", expected: "401", actual: "401" }),
    ],
    { color: false },
  );
  expect(text.split("\n").map((line) => line.trim().split(/ {2,}/))).toEqual([
    ["anonymous", "CI key"],
    ["overwrite tag", "ci/app:v1", "401", "403"],
    ["version check", "/v2/", "generic: allowed, docker: 401"],
    [""],
    ["5 answers, all as the settings say"],
    [""],
  ]);
  expect(text).not.toContain(ESCAPE);
});

test("a wrong answer shows the expected one, and the warning of a right answer appears once", () => {
  const text = formatMatrix([row(wrong), row({ note: "docker is odd" }), row({ note: "docker is odd" })], {
    color: true,
  });
  expect(text).toContain("allowed (expected 403)");
  expect(text).toContain("1 of 3 answers are wrong");
  expect(text.match(/warning: docker is odd/g)).toHaveLength(1);
  expect(text).toContain(ESCAPE);
});

test("the error names each wrong answer once, what it means and what to do", () => {
  const rows = [row({}), row(wrong), row({ ...wrong, client: "docker" })];
  expect(() => assertMatrix(rows)).toThrow(MatrixError);
  const { message } = new MatrixError(rows);
  expect(message).toContain("2 of 3 answers");
  expect(message).toContain("CI key, overwrite tag, ci/app:v1 (generic, docker): expected 403, got allowed");
  expect(message).toContain("may do what the settings do not grant");
  expect(message).toContain("pulumi up");
  expect(message.match(/overwrite tag/g)).toHaveLength(1);
});

const verdict = (overrides: Partial<VerificationResult>): VerificationResult => ({
  stack: "prod",
  registryUrl: "https://registry.example.org",
  zotVersion: "2.1.20",
  startedAt: "2026-06-01T12:00:00Z",
  seconds: 3.21,
  ok: true,
  matrix: [row({})],
  checks: [{ name: "Forgejo", status: "ok", found: "takes the token" }],
  ...overrides,
});

test("the result ends with the counts, and each failed check says what to do", () => {
  const lastLine = (each: VerificationResult) =>
    formatVerdict(each, { color: false }).trimEnd().split("\n").at(-1);
  expect(lastLine(verdict({}))).toBe("prod: 1 answers and 1 checks in 3.2 s, as the settings say");
  const warned = { name: "TLS", status: "warning", found: "3 days", means: "late", todo: "renew" } as const;
  const failed = {
    name: "Forgejo",
    status: "wrong",
    found: "it lacks A",
    means: "empty",
    todo: "pulumi up",
  } as const;
  const bad = verdict({ ok: false, matrix: [row(wrong)], checks: [warned, failed] });
  expect(lastLine(bad)).toContain("2 wrong");
  expect(lastLine(bad)).toContain("1 warning");
  expect(formatVerdict(bad, { color: false })).toMatch(
    /wrong +Forgejo +it lacks A\n +means: empty\n +to do: pulumi up\n/,
  );
});

test("JUnit XML escapes any answer of a server", () => {
  const bad = verdict({ matrix: [row({ ...wrong, actual: '500 <"&\u0007>' })] });
  const xml = toJunit(bad);
  expect(xml).toContain("got 500 &lt;&quot;&amp;\ufffd&gt;\nmeans: ");
  expect(xml).toContain('tests="2" failures="1"');
});

test.each([
  [{ isTTY: true }, {}, true],
  [{ isTTY: true }, { NO_COLOR: "1" }, false],
  [{ isTTY: true }, { NO_COLOR: "" }, true],
  [{ isTTY: true }, { TERM: "dumb" }, false],
  [{}, {}, false],
])("colour for %j in %j: %s", (stream, environment, wanted) => {
  expect(wantsColor(stream, environment)).toBe(wanted);
});

test("a right matrix passes", () => {
  expect(() => assertMatrix([row({})])).not.toThrow();
});

test.each([
  [{ asks: "login", expected: "redirect", outcome: "not found" }, "fallback config"],
  [{ asks: "login", expected: "redirect", outcome: "other" }, "http.auth.openid"],
  [{ asks: "metrics", expected: "allowed", outcome: "unauthenticated" }, "accessControl.metrics"],
  [{ expected: "allowed", outcome: "forbidden" }, "last login"],
  [{ expected: "allowed", outcome: "unauthenticated" }, "credential is dead"],
  [{ expected: "allowed", outcome: "failed" }, "zot's log"],
  [{ expected: "403", outcome: "done" }, "executed"],
  // Decided by the codes, whatever the texts for the reader are.
  [
    { expected: "403", outcome: "allowed", action: "login", actual: "502" },
    "may do what the settings do not grant",
  ],
] as [Partial<MatrixRow>, string][])("%j is explained", (overrides, words) => {
  expect(new MatrixError([row({ ...overrides, ok: false })]).message).toContain(words);
});
