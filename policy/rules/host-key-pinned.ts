import { isMap, isUnknown, textOf, type Value } from "../declared";
import type { Rule } from "../rule";
import { types } from "../types";

export const hostKeyPinned: Rule = {
  name: "host-key-pinned",
  description: "SSH connections pin the key of their host.",
  check({ type, inputs }) {
    if (!types.remote.test(type)) return [];
    if (isUnknown(inputs, "connection")) return [];
    const { connection } = inputs;
    const ways: [string, Value][] = [["host", connection]];
    if (isMap(connection) && isMap(connection["proxy"])) ways.push(["proxy", connection["proxy"]]);
    return ways
      .filter(([, way]) => !isMap(way) || !(isUnknown(way, "hostKey") || textOf(way["hostKey"])?.trim()))
      .map(
        ([kind]) =>
          `the key of its SSH ${kind} is not pinned: any server that answers there gets all secrets; see host.hostKey`,
      );
  },
};
