import { differencesOf } from "./differences";
import { isManaged, type Plan } from "../../systems/pulumi/plan";
import { columns } from "../shared/columns";
import { printable } from "../../systems/text";
import type { Finding } from "./survey";

/** One resource in the table that adopt prints. */
export interface Row {
  readonly name: string;
  readonly what: string;
  readonly verdict: string;
  readonly id: string;
  /** Each is one difference or remark. */
  readonly lines: readonly string[];
}

/** @param after the plan once everything that exists is in the state. */
export function rowsOf(findings: readonly Finding[], after: Plan): Row[] {
  const steps = new Map(after.steps.filter(isManaged).map((step) => [step.urn, step]));
  return findings.map(({ urn, name, what, status, id = "–", remarks }) => {
    const step = steps.get(urn);
    const differences = step && !["create", "same"].includes(step.op) ? differencesOf(step) : [];
    const said = after.diagnostics
      .filter((each) => each.urn === urn)
      .flatMap(({ message }) => message.trimEnd().split("\n"));
    return {
      name,
      what,
      id,
      verdict: verdictOf(status, step?.op ?? "same"),
      lines: [...differences, ...remarks, ...said],
    };
  });
}

function verdictOf(status: Finding["status"], op: string): string {
  switch (status) {
    case "missing":
      return "missing, will be created";
    case "own":
      return "nothing to adopt: pulumi up runs it";
    case "ours":
      return op === "same" ? "adopted before, no changes" : `adopted before, ${changed(op)}`;
    case "there":
      return op === "same" ? "exists, no changes" : `exists, ${changed(op)}`;
  }
}

function changed(op: string): string {
  return op === "update" ? "will be updated" : `WILL BE REPLACED (${op})`;
}

/** The program's other diagnostics, such as drift on the host and undeclared secrets. */
export function othersOf(findings: readonly Finding[], after: Plan): string[] {
  const known = new Set(findings.map(({ urn }) => urn));
  return after.diagnostics
    .filter(({ urn }) => urn === undefined || !known.has(urn))
    .flatMap(({ message }) => message.trimEnd().split("\n"));
}

export function formatRows(rows: readonly Row[]): string {
  const heads = columns(rows.map(({ name, verdict, id, what }) => [name, verdict, id, what])).split("\n");
  const lines = rows.flatMap(({ lines: below }, index) => [
    heads[index],
    ...below.map((line) => `    ${printable(line)}`),
  ]);
  return `${lines.join("\n")}\n`;
}
