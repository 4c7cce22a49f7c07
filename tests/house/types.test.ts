import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import * as types from "../../systems/pulumi/types";

const ROOT = resolve(__dirname, "../..");
const ROOMS = ["components", "commands", "config", "keys", "policy", "provider", "systems", "tools"];
const DECLARED = "systems/pulumi/types.ts";

const tokens = Object.values(types).flatMap((value): string[] => {
  if (typeof value === "string") return [value];
  return typeof value === "object" ? Object.values(value) : [];
});

test("no two resources share a type", () => {
  expect(tokens.length).toBeGreaterThan(25);
  expect(tokens.filter((token, at) => tokens.indexOf(token) !== at)).toEqual([]);
});

test("each type token is written down once", () => {
  const sources = ["index.ts", ...ROOMS.flatMap(sourcesOf)].filter((file) => file !== DECLARED);
  const again = sources.filter((file) => {
    const text = readFileSync(join(ROOT, file), "utf8");
    return tokens.some((token) => text.includes(`"${token}"`) || text.includes(`${token}::`));
  });
  expect(again).toEqual([]);
});

function sourcesOf(room: string): string[] {
  return readdirSync(join(ROOT, room), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .filter((file) => !file.startsWith("policy/bin/"));
}
