import type { Rule } from "../rule";
import { types } from "../types";

export const identityProtected: Rule = {
  name: "identity-protected",
  description: "The OIDC provider and the application are protected from deletion.",
  check({ type, protect }) {
    if ((type !== types.oidcProvider && type !== types.application) || protect) return [];
    return [
      "it is not protected: if it is deleted by mistake, nobody can log in. Set authentik.protect to true; " +
        "to remove the stack, run pulumi up and pulumi destroy without policies",
    ];
  },
};
