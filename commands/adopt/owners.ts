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
 * Names the enabled blueprint instances of Authentik that also write the adopted objects. The API returns the content of one in the
 * database. For one that is a file on the server, or comes from a registry, it returns the path and no content (`managed_models`
 * stays empty, and no object says which blueprint wrote it). Such a blueprint may write anything, so it is named unless Authentik
 * ships it.
 */
export async function ownersOf(findings: readonly Finding[], { authentik }: Systems): Promise<string[]> {
  const named = findings
    .filter(({ status, urn }) => packageOf(typeOf(urn)) === "authentik" && status !== "missing")
    // Bindings have no name that a blueprint could contain.
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
        `blueprint ${name}${where} may write${which} any adopted object: Authentik does not show the content of the file; ` +
          `check it, and if it does, ${STOP}`,
      ];
    }
    const covered = named.filter(({ word }) => mentions(content, word)).map(({ what }) => what);
    return covered.length === 0
      ? []
      : [`blueprint ${name}${where} writes ${covered.join(", ")} again: ${STOP}`];
  });
}

const STOP =
  "disable it in Authentik (Customization → Blueprints) before pulumi up, and delete it where it is deployed";

/** Whole words only: `zot` does not match `zottel`. */
function mentions(text: string, word: string): boolean {
  return (
    word !== "" && text.split(/[^A-Za-z0-9_.-]+/).some((part) => part === word || part === `${word}.yaml`)
  );
}
