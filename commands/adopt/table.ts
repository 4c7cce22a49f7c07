import { differencesOf } from "./differences";
import { isManaged, type Plan } from "../../systems/pulumi/plan";
import { columns } from "../shared/columns";
import { printable } from "../../systems/text";
import type { Finding } from "./survey";

/** What a person reads about one resource before anything is taken over. */
export interface Row {
  readonly name: string;
  readonly what: string;
  readonly verdict: string;
  readonly id: string;
  /** One difference or remark each. */
  readonly lines: readonly string[];
}

/** @param after what the program would do once everything that exists is in the state. */
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
      return "is not there: will be made";
    case "own":
      return "nothing to take over: runs with pulumi up";
    case "ours":
      return op === "same" ? "taken over before, as it should be" : `taken over before, ${changed(op)}`;
    case "there":
      return op === "same" ? "is there, as it should be" : `is there, ${changed(op)}`;
  }
}

function changed(op: string): string {
  return op === "update" ? "will be changed" : `WILL BE REPLACED (${op})`;
}

/** Everything else that the program said about itself: drift on the host, and what nobody declares. */
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
