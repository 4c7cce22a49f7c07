import { secretNameProblem } from "../../config/secret-name";
import { isUnknown, textOf } from "../declared";
import type { Rule } from "../rule";
import { types } from "../types";

export const secretNames: Rule = {
  name: "secret-names",
  description: "Every Actions secret has a name that Forgejo takes.",
  check({ type, inputs }) {
    if (type !== types.actionsSecret || isUnknown(inputs, "name")) return [];
    const name = textOf(inputs["name"]) ?? "";
    const problem = secretNameProblem(name);
    return problem === undefined ? [] : [`the secret name ${name} ${problem}; see forgejo.repositories`];
  },
};
