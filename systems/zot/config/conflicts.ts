import { atLeast, SINCE } from "../version";
import { repeatedNames, type Tree, treeAt, treesAt } from "./read";

/** Parts of an operator's config that conflict with the program's parts, or are ambiguous. */
export interface Conflict {
  readonly path: readonly string[];
  readonly problem: string;
  readonly fix: string;
}

export function conflictsOf(config: Tree, zotVersion: string): Conflict[] {
  return [...bearer(config, zotVersion), ...repeated(config), ...separators(config)];
}

/**
 * With it zot accepts no other login (AuthHandler in its pkg/api/authn.go); only a later version accepts OIDC tokens
 * beside keys.
 */
function bearer(config: Tree, zotVersion: string): Conflict[] {
  const settings = treeAt(config, "http", "auth", "bearer");
  if (settings === undefined) return [];
  if (treesAt(settings, "oidc").length > 0 && atLeast(zotVersion, SINCE.bearerBesideOthers)) return [];
  return [
    {
      path: ["http", "auth", "bearer"],
      problem: `takes the place of every other login in zot ${zotVersion}: nobody could log in or use an API key beside it`,
      fix: "leave it out, and let its clients use API keys",
    },
  ];
}

function repeated(config: Tree): Conflict[] {
  return repeatedNames(config).map((path) => ({
    path,
    problem: "stands twice, in another case: zot takes either of them, at random",
    fix: "keep one of them",
  }));
}

/** zot splits names there (the key delimiter of its pkg/cli/server/root.go). */
function separators(config: Tree, path: readonly string[] = []): Conflict[] {
  return Object.entries(config).flatMap(([name, value]) => {
    const here = [...path, name];
    if (name.includes("::")) {
      return [{ path: here, problem: "has a name with ::, which zot reads as two names", fix: "rename it" }];
    }
    const inner = typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Tree) : {};
    return separators(inner, here);
  });
}
