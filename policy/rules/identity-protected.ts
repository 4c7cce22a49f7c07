import type { Rule } from "../rule";
import { types } from "../types";

export const identityProtected: Rule = {
  name: "identity-protected",
  description: "The OIDC provider and the application are protected from deletion.",
  check({ type, protect }) {
    if ((type !== types.oidcProvider && type !== types.application) || protect) return [];
    return [
      "it is not protected: deleted by mistake, it takes everybody's login with it. Set authentik.protect to true; " +
        "to take the stack away for good use pulumi up and pulumi destroy, which ask no policy",
    ];
  },
};
