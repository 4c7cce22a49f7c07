import { explain } from "../../../systems/zot/proof/explain";
import type { Check } from "../checks/check";
import type { MatrixRow } from "../../../systems/zot/proof/types";
import type { VerificationResult } from "../verify";

interface Case {
  readonly suite: string;
  readonly name: string;
  readonly failure?: string;
  readonly skipped?: string;
  readonly note?: string;
}

/** The result in the format of CI servers: one suite per identity, and one for the other checks. */
export function toJunit({ matrix, checks, seconds, startedAt, stack }: VerificationResult): string {
  const cases = [...matrix.map(ofRow), ...checks.map(ofCheck)];
  const suites = [...new Set(cases.map(({ suite }) => suite))].map((suite) => {
    const inside = cases.filter((each) => each.suite === suite);
    const counts = `tests="${inside.length}" failures="${count(inside, "failure")}" skipped="${count(inside, "skipped")}"`;
    const head = `  <testsuite name="${escape(suite)}" ${counts} timestamp="${startedAt}">`;
    return [head, ...inside.map(toXml), "  </testsuite>"].join("\n");
  });
  const counts = `tests="${cases.length}" failures="${count(cases, "failure")}" time="${seconds}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="verify ${escape(stack)}" ${counts}>`,
    ...suites,
    "</testsuites>",
    "",
  ].join("\n");
}

function ofRow(row: MatrixRow): Case {
  const { identity, action, target, client, expected, actual, note } = row;
  const suite = `access of ${identity}`;
  const name = `${action}, ${target}, as ${client}: ${expected}`;
  if (row.ok) return { suite, name, ...(note !== undefined && { note }) };
  const { means, todo } = explain(row);
  return { suite, name, failure: `got ${actual}\nmeans: ${means}\nto do: ${todo}` };
}

function ofCheck({ name, status, found, means = "", todo = "" }: Check): Case {
  const suite = "checks";
  const full = `${found}\nmeans: ${means}\nto do: ${todo}`;
  switch (status) {
    case "ok":
      return { suite, name, note: found };
    case "warning":
      return { suite, name, note: `warning: ${full}` };
    case "wrong":
      return { suite, name, failure: full };
    case "not asked":
      return { suite, name, skipped: found };
  }
}

function toXml({ suite, name, failure, skipped, note }: Case): string {
  const inner = [
    ...(failure === undefined ? [] : [`<failure>${escape(failure)}</failure>`]),
    ...(skipped === undefined ? [] : [`<skipped message="${escape(skipped)}"/>`]),
    ...(note === undefined ? [] : [`<system-out>${escape(note)}</system-out>`]),
  ].join("");
  const head = `    <testcase classname="${escape(suite)}" name="${escape(name)}"`;
  return inner === "" ? `${head}/>` : `${head}>${inner}</testcase>`;
}

function count(cases: readonly Case[], kind: "failure" | "skipped"): number {
  return cases.filter((each) => each[kind] !== undefined).length;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/** XML 1.0 cannot contain most control characters, which a server's answer may have. */
function escape(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => ENTITIES[sign] ?? "").replace(/[^\P{Cc}\t\n]/gu, "�");
}
