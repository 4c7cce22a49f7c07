import { shapeOf } from "../../config/problems";
import { UNKNOWN } from "../../systems/pulumi/values";
import { type PlannedStep, typeOf } from "../../systems/pulumi/plan";
import { packageOf } from "../../systems/pulumi/types";

const LONGEST = 60;

/** One line per property that an update would change: `accessTokenValidity: "hours=1" → "minutes=10"`. Contains no secret. */
export function differencesOf({ detailedDiff, diffReasons, newState, oldState, urn }: PlannedStep): string[] {
  // Any nested value of an item may be a secret that is not marked as one.
  const show = packageOf(typeOf(urn)) === "onepassword" ? shapeIfInner : shown;
  const paths = detailedDiff ? Object.keys(detailedDiff) : (diffReasons ?? []);
  return [...new Set(paths)].sort().map((path) => {
    const before = at(oldState?.outputs, path) ?? at(oldState?.inputs, path);
    const after = at(newState?.inputs, path) ?? at(newState?.outputs, path);
    return `${path}: ${show(before)} → ${show(after)}`;
  });
}

/** The value at a path such as `allowedRedirectUris[0].url` or `sectionMap["key"].fieldMap`. */
function at(root: unknown, path: string): unknown {
  const parts = path.match(/[^.[\]"]+/g) ?? [];
  return parts.reduce<unknown>(
    (value, part) =>
      typeof value === "object" && value !== null ? (value as Record<string, unknown>)[part] : undefined,
    root,
  );
}

function shapeIfInner(value: unknown): string {
  return typeof value === "object" && value !== null ? shapeOf(value) : shown(value);
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (value === "[secret]") return "(secret)";
  const text = JSON.stringify(value);
  if (text.includes(UNKNOWN)) return "(known after apply)";
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
