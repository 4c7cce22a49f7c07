import fc from "fast-check";
import { formatRows } from "../../commands/adopt/table";
import { columns } from "../../commands/shared/columns";
import { formatChecks } from "../../commands/verify/report/checks";
import { formatMatrix } from "../../commands/verify/report/matrix";
import { formatReport } from "../../commands/who-can/format";
import { SystemError } from "../../systems/http/errors";
import { FieldError } from "../../systems/onepassword/item-fields";
import { messageOf, printable, printableLines } from "../../systems/text";

/** Clears the screen, writes a line of its own, and turns the rest round. */
const EVIL = "x\u001b[2J\nok        all is well\u202e\u009b31m";

test("any name is shown as one line without control characters, and plain names unchanged", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (name) => {
      expect(printable(name)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }),
  );
  expect(printable("Grüße, 名前 – zot/ci")).toBe("Grüße, 名前 – zot/ci");
  expect(printable("a\u001bb\tc")).toBe("a\\u{001b}b\\tc");
  expect(printableLines("a\u0007\nb")).toBe("a\\u{0007}\nb");
});

class Failed extends SystemError {}

const shown: Record<string, () => string> = {
  "an error of a system": () =>
    new Failed({ action: `read ${EVIL}`, where: "http://a.test", problem: EVIL, hint: EVIL }).message,
  "an error of 1Password": () => new FieldError(EVIL).message,
  "a table": () => columns([[EVIL, "b"]]).trimEnd(),
  "adopt's rows": () =>
    formatRows([{ name: EVIL, what: EVIL, verdict: "v", id: EVIL, lines: [EVIL] }]).trimEnd(),
  "verify's checks": () =>
    formatChecks([{ name: EVIL, status: "wrong", found: EVIL, means: EVIL, todo: EVIL }], { color: false }),
  "verify's matrix": () =>
    formatMatrix(
      [{ identity: EVIL, action: "pull", target: EVIL, expected: "200", actual: EVIL, ok: true } as never],
      { color: false },
    ),
  "who-can's report": () =>
    formatReport(
      {
        ...{ stack: "s", registryUrl: "http://a.test", zotVersion: "2", askedAt: "now", question: {} },
        rights: [{ area: EVIL, who: EVIL, kind: "user", may: [], why: EVIL }],
        superusers: [EVIL],
        ...{ keys: [], differences: [{ found: EVIL, todo: EVIL }], notSeen: [EVIL] },
      } as never,
      { color: false },
    ),
};

test.each(Object.keys(shown))("%s shows a name of another system as one harmless line", (name) => {
  const text = shown[name]?.() ?? "";
  expect(text).toContain("x\\u{001b}[2J\\nok");
  expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(text).not.toMatch(/^ok/m);
});

test("an error is shown by its message, one with several causes by the first, and another value as it is", () => {
  expect(messageOf(new Error("a"))).toBe("a");
  expect(messageOf(new AggregateError([new Error("first"), new Error("second")]))).toBe("first");
  expect(messageOf(Object.assign(new Error(""), { code: "ECONNREFUSED" }))).toBe("ECONNREFUSED");
  // Of another realm, as errors of Node itself are in a test.
  expect(messageOf({ message: "b" })).toBe("b");
  expect(messageOf("c")).toBe("c");
});
