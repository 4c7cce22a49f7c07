import { isUnknown } from "../declared";
import type { Rule } from "../rule";
import { types } from "../types";

export const MAXIMUM_DAYS = 90;

export const keyLifetime: Rule = {
  name: "key-lifetime",
  description: `A registry key expires after at most ${MAXIMUM_DAYS} days.`,
  check({ type, inputs }) {
    if (type !== types.apiKey || isUnknown(inputs, "lifetimeDays")) return [];
    const { lifetimeDays } = inputs;
    if (typeof lifetimeDays === "number" && lifetimeDays > 0 && lifetimeDays <= MAXIMUM_DAYS) return [];
    return [`the key would not expire within ${MAXIMUM_DAYS} days; see pushers.NAME.lifetimeDays`];
  },
};
