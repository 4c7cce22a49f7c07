import { overlay } from "../systems/zot/config/overlay";
import { ConfigTextError, isTree, textAt, type Tree } from "../systems/zot/config/read";
import { accessInConfig } from "./access-in-config";
import { parsedAccess } from "./grants";
import type { Problem } from "./problems";
import type { Parsed, ParsedSections } from "./schema";
import { readConfigFile, zotConfigProblems } from "./zot-config";

type At = (...path: PropertyKey[]) => string;

/** The section with the content of `configFile` as its `config`. */
export function withConfigFile(
  zot: unknown,
  readText: (file: string) => string,
  at: At,
  problems: Problem[],
): unknown {
  if (!isTree(zot) || typeof zot["configFile"] !== "string") return zot;
  const path = at("zot", "configFile");
  if (zot["config"] !== undefined) {
    problems.push({ path, problem: "cannot be combined with zot.config", fix: "remove one of them" });
    return zot;
  }
  try {
    return { ...zot, config: readConfigFile(zot["configFile"], readText) };
  } catch (error) {
    if (!(error instanceof ConfigTextError)) throw error;
    problems.push({
      path,
      problem: error.message,
      fix: "set it to the path of zot's config.json or config.yaml in the project",
    });
    return zot;
  }
}

/** The operator's config with a folder for the images, and its problems. */
export function withBaseConfig(
  parsed: Omit<Parsed, "zot"> & Pick<ParsedSections, "zot">,
  { at, isSecret }: { readonly at: At; readonly isSecret: boolean },
  problems: Problem[],
): Parsed {
  const { zot, ...others } = parsed;
  if (!zot) return others;
  const { config = {}, configFile, ...rest } = zot;
  const named: Parsed = { ...others, zot: { ...rest, config: withFolder(config, parsed.host?.dataFolder) } };
  const access = parsedAccess(named);
  const found = [
    ...zotConfigProblems(config, zot.assumeVersion, isSecret && configFile === undefined),
    ...(access ? accessInConfig(config, access) : []),
  ];
  problems.push(
    ...found.map(({ path, problem, fix }) =>
      configFile === undefined
        ? { path: at("zot", "config", ...path), problem, fix: withPath(fix, at("zot", "config", ...path)) }
        : {
            path: at("zot", "configFile"),
            problem: `(${configFile}) ${path.join(".")} ${problem}`,
            fix: fileFix(fix),
          },
    ),
    ...(parsed.host ? folderProblems(config, parsed.host.dataFolder, at) : []),
  );
  return named;
}

function withPath(fix: string, path: string): string {
  return fix.endsWith("--path") ? `${fix} '${path}'` : fix;
}

/** Pulumi does not encrypt a file. */
function fileFix(fix: string): string {
  return fix.replace(/, or encrypt the whole setting.*/, "");
}

const FOLDER = ["storage", "rootDirectory"] as const;

function withFolder(config: Tree, dataFolder: string | undefined): Tree {
  if (dataFolder === undefined || textAt(config, ...FOLDER) !== undefined) return config;
  return overlay(config, [{ path: FOLDER, value: dataFolder }]);
}

function folderProblems(config: Tree, dataFolder: string | undefined, at: At): Problem[] {
  const named = textAt(config, ...FOLDER);
  if (named === undefined && dataFolder === undefined) {
    return [
      {
        path: at("zot", "config"),
        problem: "names no folder for the images",
        fix: "write config: {storage: {rootDirectory: /its/path}}, as zot's config on the host has it",
      },
    ];
  }
  if (named === undefined || dataFolder === undefined || named.replace(/\/+$/, "") === dataFolder) return [];
  return [
    {
      path: at("host", "dataFolder"),
      problem: "is another folder than storage.rootDirectory in zot.config",
      fix: "leave it out",
    },
  ];
}
