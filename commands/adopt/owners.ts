import { z } from "zod";
import { typeOf } from "../../systems/pulumi/plan";
import { packageOf } from "../../systems/pulumi/types";
import type { Systems } from "./candidates";
import type { Finding } from "./survey";

const blueprint = z.looseObject({
  pk: z.string(),
  name: z.string(),
  path: z.string().default(""),
  content: z.string().default(""),
  enabled: z.boolean().default(true),
});

/** Folders of the blueprints that Authentik itself ships (its repository's blueprints/). */
const SHIPPED = /^(default|system|migrations|example)\//;

/**
 * Who else will write what the stack takes over: Authentik's blueprint instances that are on. One that stands in the database
 * shows what it covers. Of one that is a file of the server, or comes from a registry, the API shows where it is and never what
 * is in it (its `managed_models` stay empty, and no object says which blueprint wrote it): each that Authentik does not ship may
 * write anything, and is named.
 */
export async function ownersOf(findings: readonly Finding[], { authentik }: Systems): Promise<string[]> {
  const named = findings
    .filter(({ status, urn }) => packageOf(typeOf(urn)) === "authentik" && status !== "missing")
    // A stage's place and a binding have no name that a blueprint could write.
    .flatMap(({ known, what }) => (known === undefined ? [] : [{ what, word: known }]));
  const rows = await authentik.list("managed/blueprints/", {});
  return rows.flatMap((row) => {
    const { name, path, content, enabled } = blueprint.parse(row);
    if (!enabled) return [];
    const where = path === "" ? "" : ` (${path})`;
    if (content === "") {
      if (SHIPPED.test(path) || named.length === 0) return [];
      const alike = named.filter(({ word }) => mentions(`${name}\n${path}`, word)).map(({ what }) => what);
      const which = alike.length > 0 ? ` by its name ${alike.join(", ")}, and` : "";
      return [
        `blueprint ${name}${where} may write${which} anything that is taken over here: what is in the file is not shown by ` +
          `Authentik; look into it, and if it does, ${STOP}`,
      ];
    }
    const covered = named.filter(({ word }) => mentions(content, word)).map(({ what }) => what);
    return covered.length === 0
      ? []
      : [`blueprint ${name}${where} writes ${covered.join(", ")} again: ${STOP}`];
  });
}

const STOP =
  "switch it off in Authentik (Customization → Blueprints) before pulumi up, and take it from where it is deployed";

/** As a word of its own: the name `zot` is no part of `zottel`. */
function mentions(text: string, word: string): boolean {
  return (
    word !== "" && text.split(/[^A-Za-z0-9_.-]+/).some((part) => part === word || part === `${word}.yaml`)
  );
}
