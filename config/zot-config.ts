import { z } from "zod";
import {
  looksLikeOpReference,
  OpReferenceError,
  parseOpReference,
} from "../systems/onepassword/op-reference";
import { conflictsOf } from "../systems/zot/config/conflicts";
import { ConfigTextError, formatOf, isTree, parseConfig, type Tree } from "../systems/zot/config/read";
import { plainSecrets } from "../systems/zot/config/masked";
import { relativeFolders } from "../systems/zot/config/storage";
import { advise, type Secret } from "./fields";

/** The operator's own zot config. An `op://` reference is parsed to a `Secret`, until it is resolved. */
export const zotConfig = z.record(z.string(), z.unknown()).transform((config, ctx): Tree => {
  const read = (value: unknown, path: PropertyKey[]): unknown => {
    if (Array.isArray(value)) return value.map((each, index) => read(each, [...path, index]));
    if (isTree(value)) {
      return Object.fromEntries(
        Object.entries(value).map(([name, each]) => [name, read(each, [...path, name])]),
      );
    }
    if (typeof value !== "string" || !looksLikeOpReference(value)) return value;
    try {
      return { kind: "reference", reference: parseOpReference(value) } satisfies Secret;
    } catch (error) {
      if (!(error instanceof OpReferenceError)) throw error;
      advise(
        ctx,
        {
          problem: `is an op:// reference that ${error.message}`,
          fix: "write op://vault/item/field or op://vault/item/section/field",
        },
        path,
      );
      return value;
    }
  };
  return read(config, []) as Tree;
});

function isReference(value: unknown): value is Secret {
  return isTree(value) && value["kind"] === "reference" && isTree(value["reference"]);
}

/** The config with its references replaced. */
function replaced(value: unknown, replace: (secret: Secret) => unknown): unknown {
  if (isReference(value)) return replace(value);
  if (Array.isArray(value)) return value.map((each) => replaced(each, replace));
  if (!isTree(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, replaced(each, replace)]));
}

/** The config without its secrets, to find the caches and zot's address. */
export function withoutSecrets(config: Tree): Tree {
  return replaced(config, () => null) as Tree;
}

/** The config as zot gets it, with its references resolved. */
export async function resolveZotConfig(
  config: Tree,
  read: (secret: Secret) => Promise<string>,
): Promise<Tree> {
  const values = new Map<Secret, string>();
  const found: Secret[] = [];
  replaced(config, (secret) => found.push(secret));
  for (const secret of found) values.set(secret, await read(secret));
  return replaced(config, (secret) => values.get(secret)) as Tree;
}

export interface ZotConfigProblem {
  readonly path: readonly string[];
  readonly problem: string;
  readonly fix: string;
}

/** Problems of the config that do not depend on other settings. */
export function zotConfigProblems(config: Tree, zotVersion: string, encrypted: boolean): ZotConfigProblem[] {
  const known = withoutSecrets(config);
  return [
    ...conflictsOf(known, zotVersion),
    ...relativeFolders(known).map((path) => ({
      path,
      problem:
        "is a relative path: zot would look for the images in the folder in which it is started, which a deploy can change",
      fix: "write the whole path, from / on",
    })),
    ...(encrypted ? [] : plainSecrets(known)).map(({ path, shape }) => ({
      path,
      problem: `is a plain-text secret ${shape}`,
      fix: "write an op:// reference, or encrypt the whole setting: pulumi config set --secret --path",
    })),
  ];
}

/**
 * What `zot.configFile` holds, as it would stand in `zot.config`.
 *
 * @throws ConfigTextError that holds no part of the text
 */
export function readConfigFile(file: string, read: (file: string) => string): Tree {
  let text: string;
  try {
    text = read(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigTextError(`names a file that cannot be read${code === undefined ? "" : ` (${code})`}`, {
      cause: error,
    });
  }
  return parseConfig(text, formatOf(file));
}
