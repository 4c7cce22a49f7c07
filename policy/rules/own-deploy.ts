import { foreignSettings } from "../../systems/host/payload";
import { isUnknown, textOf } from "../declared";
import { foreignDeploy } from "../rights";
import type { Rule } from "../rule";
import type { HostSettings } from "../stack-settings";
import { types } from "../types";

/** @param settings of the stack; read when there is something to compare with them. */
export const ownDeploy = (settings: () => HostSettings): Rule => ({
  name: "own-deploy",
  description: "What runs on the registry's host is what this project renders from the stack's settings.",
  check({ type, inputs }) {
    if (!types.remote.test(type)) return [];
    if (type !== types.command)
      return [`${type} sends the host something that is not this project's deploy: remove it`];
    if (isUnknown(inputs, "stdin")) return [];
    const trouble = foreignDeploy(inputs);
    if (trouble !== undefined) return [`it ${trouble}`];
    const { layout, issuer } = settings();
    const foreign = foreignSettings(layout, issuer, textOf(inputs["stdin"]) ?? "");
    return [
      ...(inputs["environment"] === undefined
        ? []
        : ["it sets environment, which the host's shell uses: remove it"]),
      ...foreign.map(
        (name) =>
          `it sends the host another ${name} than the stack's settings render; see systems/host/payload.ts`,
      ),
    ];
  },
});
