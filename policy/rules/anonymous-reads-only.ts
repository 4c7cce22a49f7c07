import { grantsTo, rightsOf, describeGrants } from "../rights";
import type { Rule } from "../rule";

const HARMLESS = ["read", "detectManifestCollision"];

export const anonymousReadsOnly: Rule = {
  name: "anonymous-reads-only",
  description: "Anonymous clients may pull, and never create, update or delete.",
  check(resource) {
    return rightsOf(resource).flatMap(({ where, control, trouble }) => {
      if (!control) return [`${where} ${trouble ?? "cannot be read"}`];
      const open = Object.entries(control.repositories).map(([glob, { anonymousPolicy = [] }]) => ({
        glob,
        who: ["anybody"],
        actions: anonymousPolicy,
      }));
      // In zot an anonymous client has the empty username.
      const named = grantsTo(control, { users: [""], groups: [] }).map((grant) => ({
        ...grant,
        who: ["anybody"],
      }));
      return describeGrants([...open, ...named], (action) => !HARMLESS.includes(action)).map(
        (grant) => `${where} ${grant}: leave anonymous with "read"; see systems/zot/rules.ts`,
      );
    });
  },
};
