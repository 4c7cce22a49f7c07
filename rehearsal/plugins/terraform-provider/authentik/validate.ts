import { UNKNOWN } from "../../../../systems/pulumi/values";
import type { CheckFailure, Properties } from "../../plugin";
import type { Field } from "./fields";
import type { ResourceTable } from "./table";

const DURATION_UNITS = ["microseconds", "milliseconds", "seconds", "minutes", "hours", "days", "weeks"];

/** The provider's own rules for values: choices, durations, JSON, and what would crash it. */
export function validateFields(table: ResourceTable, inputs: Properties): CheckFailure[] {
  const failures = Object.entries(table.fields).flatMap(([name, field]) => {
    const value = inputs[name];
    if (value === undefined || value === UNKNOWN) return [];
    const reason = wrongWith(field, value);
    return reason === undefined ? [] : [{ property: name, reason }];
  });
  return [...failures, ...redirectFailures(inputs.allowedRedirectUris)];
}

function wrongWith(field: Field, value: unknown): string | undefined {
  if (field.oneOf) {
    const values = (Array.isArray(value) ? value : [value]) as unknown[];
    const wrong = values.find((entry) => entry !== UNKNOWN && !field.oneOf?.includes(entry as string));
    if (wrong !== undefined) return `expected one of ${field.oneOf.join(", ")}, got ${JSON.stringify(wrong)}`;
  }
  if (field.duration && typeof value === "string") {
    const parts = value.split(";").map((part) => part.split("="));
    if (
      parts.some(
        ([unit = "", amount]) => amount === undefined || !DURATION_UNITS.includes(unit.toLowerCase()),
      )
    ) {
      return `expected a duration such as hours=1;minutes=2, got ${value}`;
    }
  }
  return field.json && typeof value === "string" && !isJson(value) ? "expected a text of JSON" : undefined;
}

/** The real provider crashes on an entry without these keys; here the program is told. */
function redirectFailures(entries: unknown): CheckFailure[] {
  if (!Array.isArray(entries)) return [];
  return (entries as unknown[]).flatMap((entry, index) =>
    typeof entry === "object" && entry !== null
      ? ["matching_mode", "url"]
          .filter((key) => !(key in entry))
          .map((key) => ({
            property: `allowedRedirectUris[${index}]`,
            reason: `'${key}' is missing; the real provider crashes without it`,
          }))
      : [],
  );
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
