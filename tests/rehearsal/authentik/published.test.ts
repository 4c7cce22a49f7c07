import { dirname } from "node:path";
import { type Authentik, startAuthentik } from "../../../rehearsal/authentik";
import { FLAVOURS, type Release, RELEASES } from "../../../rehearsal/authentik/flavours";
import published from "../../../rehearsal/authentik/published-fields.json";
import { fieldsOf } from "../../../tools/published/main";
import { Api, declareRegistry, TOKEN } from "./client";

/*
 * Each release of the stand-in answers with the fields of the API client that Authentik publishes for it: none that it lacks, and all
 * that it requires.
 */
const table = published as Readonly<
  Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>
>;
let authentik: Authentik;
afterEach(() => authentik.stop());

test.each(RELEASES)("%s answers with what its published client knows", async (release: Release) => {
  authentik = await startAuthentik({ bootstrapToken: TOKEN, release });
  await declareRegistry(authentik, "https://registry.example.org");
  const api = new Api(authentik.url);
  const kinds = table[FLAVOURS[release].version];
  expect(Object.keys(kinds ?? {})).toHaveLength(11);
  const problems: string[] = [];
  for (const [path, fields] of Object.entries(kinds ?? {})) {
    const { body } = await api.get(`${path}/?superuser_full_list=true`);
    const [row] = body["results"] as object[];
    const answered = Object.keys(row ?? {});
    for (const name of answered.filter((each) => !(each in fields)))
      problems.push(`${path}: ${name} is in no published answer`);
    for (const [name, need] of Object.entries(fields))
      if (need === "required" && !answered.includes(name)) problems.push(`${path}: ${name} is missing`);
  }
  expect(problems).toEqual([]);
});

test("the table is that of the client that is installed", async () => {
  authentik = await startAuthentik({ bootstrapToken: TOKEN });
  const folder = dirname(require.resolve("@goauthentik/api/package.json"));
  const kinds = table["2026.8.3"] ?? {};
  expect(kinds["core/groups"]).toEqual(fieldsOf(folder, "Group"));
  expect(kinds["providers/oauth2"]).toEqual(fieldsOf(folder, "OAuth2Provider"));
});
