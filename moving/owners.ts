import { z } from "zod";
import type { Systems } from "./candidates";
import type { Finding } from "./survey";

const blueprint = z.looseObject({
  pk: z.string(),
  name: z.string(),
  path: z.string().default(""),
  content: z.string().default(""),
  enabled: z.boolean().default(true),
});

/**
 * Who else will write what the stack takes over: Authentik's blueprint instances that are on. One that stands in the database
 * shows what it covers; one that is a file of the server shows only where it is, so it counts when it is called alike.
 */
export async function ownersOf(findings: readonly Finding[], { authentik }: Systems): Promise<string[]> {
  const named = findings
    .filter(({ status, urn }) => urn.includes("authentik:") && status !== "missing")
    // A stage's place and a binding have no name that a blueprint could write.
    .filter(({ what }) => /^(provider|application|group|user|token|flow|stage) /.test(what))
    .map(({ what }) => ({ what, word: what.split(" ").slice(1).join(" ") }));
  const rows = await authentik.list("managed/blueprints/", {});
  return rows.flatMap((row) => {
    const { name, path, content, enabled } = blueprint.parse(row);
    if (!enabled) return [];
    const written = content === "" ? `${name}\n${path}` : content;
    const covered = named.filter(({ word }) => mentions(written, word)).map(({ what }) => what);
    if (covered.length === 0) return [];
    const certainty = content === "" ? "by its name may write" : "writes";
    return [
      `blueprint ${name}${path === "" ? "" : ` (${path})`} ${certainty} ${covered.join(", ")} again: ` +
        "switch it off in Authentik (Customization → Blueprints) before pulumi up, and take it from where it is deployed",
    ];
  });
}

/** As a word of its own: the name `zot` is no part of `zottel`. */
function mentions(text: string, word: string): boolean {
  return (
    word !== "" && text.split(/[^A-Za-z0-9_.-]+/).some((part) => part === word || part === `${word}.yaml`)
  );
}
