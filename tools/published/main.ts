import { readFileSync } from "node:fs";
import { join } from "node:path";
import { commandLine, parse, runMain, usageError } from "../../commands/shared/command-line";
import { writeFormatted } from "../formatted";

/** Models of Authentik's API client that the stand-in answers with, by the path of each. */
const MODELS = {
  "core/applications": "Application",
  "core/groups": "Group",
  "core/tokens": "Token",
  "core/users": "User",
  "flows/bindings": "FlowStageBinding",
  "flows/instances": "Flow",
  "policies/bindings": "PolicyBinding",
  "providers/oauth2": "OAuth2Provider",
  "stages/identification": "IdentificationStage",
  "stages/password": "PasswordStage",
  "stages/user_login": "UserLoginStage",
} as const;
const TABLE = join(__dirname, "../../rehearsal/authentik/published-fields.json");

const line = commandLine(
  "node --require ./tools/start/transpile.cjs tools/published/main.ts",
  "FOLDER…",
  "Reads the fields of Authentik's published API client, by release, into rehearsal/authentik/published-fields.json. Each folder is an unpacked " +
    "package @goauthentik/api (npm pack).",
  { 0: "the table is written" },
).argument("<folders...>", "unpacked packages, one a release");

/** Fields of a model as they go over the wire, with whether each answer holds them. */
export function fieldsOf(folder: string, model: string): Record<string, "required" | "optional"> {
  const read = (ending: string) => readFileSync(join(folder, `dist/models/${model}.${ending}`), "utf8");
  const wire = new Map(
    [...read("js").matchAll(/'(\w+)':.*?json\['(\w+)'\]/g)].map(([, own, its]) => [own, its]),
  );
  const declared = [...read("d.ts").matchAll(/^ {4}(?:readonly )?(\w+)(\?)?:/gm)];
  return Object.fromEntries(
    declared.flatMap(([, own = "", optional]) => {
      const name = wire.get(own);
      return name === undefined ? [] : [[name, optional === undefined ? "required" : "optional"] as const];
    }),
  );
}

function main(): Promise<undefined> {
  const { words } = parse<object>(line);
  if (words.length === 0) throw usageError(line, "no folder is named");
  const releases = words.map((folder) => {
    const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string };
    const models = Object.entries(MODELS).map(([path, model]) => [path, fieldsOf(folder, model)] as const);
    return [version, Object.fromEntries(models)] as const;
  });
  writeFormatted(TABLE, JSON.stringify(Object.fromEntries(releases), null, 2));
  return Promise.resolve(undefined);
}

if (require.main === module) runMain("published", main, { failed: 1 });
