import fc from "fast-check";
import { isBelow, leavesOf, overlay, type Part } from "../../../../systems/zot/config/overlay";
import { isTree, sorted, type Tree, valueAt } from "../../../../systems/zot/config/read";
import { desiredConfig, PROGRAM_PARTS } from "../../../../systems/zot/config/render";
import { homelabAccess } from "../../../support/access";
import { bits, changedAt, placesIn, WHOLE, written } from "./support/whole";

const name = fc.constantFrom("http", "HTTP", "auth", "Auth", "openid", "storage", "log", "apikey", "a");
const { tree } = fc.letrec<{ tree: unknown; node: unknown }>((tie) => ({
  tree: fc.dictionary(name, tie("node"), { maxKeys: 5 }),
  node: fc.oneof(
    { maxDepth: 4 },
    fc.integer(),
    fc.constantFrom("x", "y"),
    fc.array(fc.integer()),
    tie("tree"),
  ),
}));
const path = fc.array(
  name.map((each) => each.toLowerCase()),
  { minLength: 1, maxLength: 4 },
);
const part = fc.oneof(
  fc.record({ path, value: fc.constantFrom<unknown>("set", true, { apikey: 1 }) }),
  fc.record({ path, gone: fc.constant(true as const) }),
);

/** Without names that stand twice in one map, of which zot itself takes either. */
function once(value: unknown): unknown {
  if (!isTree(value)) return value;
  const seen = new Set<string>();
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => {
      if (seen.has(key.toLowerCase())) return [];
      seen.add(key.toLowerCase());
      return [[key, once(inner)]];
    }),
  );
}

test("a merge loses no leaf outside its parts, and keeps names and their order", () => {
  fc.assert(
    fc.property(tree.map(once), part, (config, each: Part) => {
      const base = config as Tree;
      const merged = overlay(base, [each]);
      const touched = (leaf: readonly string[]) =>
        isBelow(leaf, each.path) || (!("gone" in each) && isBelow(each.path, leaf));
      for (const leaf of leavesOf(base)) {
        if (!touched(leaf.path)) expect(valueAt(merged, ...leaf.path)).toEqual(leaf.value);
      }
      const kept = Object.keys(base).filter((key) => Object.keys(merged).includes(key));
      expect(Object.keys(merged).slice(0, kept.length)).toEqual(kept);
      if (!("gone" in each)) expect(valueAt(merged, ...each.path)).toEqual(each.value);
      else expect(valueAt(merged, ...each.path)).toBeUndefined();
    }),
  );
});

test("sets what stands there in another case, where it stands", () => {
  const base = { HTTP: { Port: 5000, Auth: { APIKey: false } }, log: {} };
  expect(JSON.stringify(overlay(base, [{ path: ["http", "auth", "apikey"], value: true }]))).toBe(
    '{"HTTP":{"Port":5000,"Auth":{"APIKey":true}},"log":{}}',
  );
});

test("the program's parts, laid over any operator's config, lose and change no leaf outside of them, and bring none", () => {
  const some = fc.subarray(placesIn(WHOLE), { maxLength: 6 });
  const isOurs = (path: readonly string[]) =>
    PROGRAM_PARTS.some((top) => isBelow(path, top) || isBelow(top, path));
  const foreign = (config: Tree) =>
    sorted(
      leavesOf(config)
        .filter(({ path }) => !isOurs(path))
        .map(({ path, value }) => [path.join("/").toLowerCase(), value]),
    );
  fc.assert(
    fc.property(some, bits, fc.constantFrom("2.1.15", "2.1.20"), (gone, how, zotVersion) => {
      const less = gone.reduce((config, path) => changedAt(config, path, () => undefined) as Tree, WHOLE);
      const base = written(less, how);
      const merged = desiredConfig({
        ...{ zotVersion, externalUrl: "https://registry.example.org", credentialsFile: "/c.json", base },
        oidc: { issuer: "https://id/", scopes: ["openid"], usernameClaim: "email", groupsClaim: "groups" },
        access: homelabAccess({ pushTo: ["**"] }),
      });
      expect(foreign(merged)).toEqual(foreign(base));
      const kept = Object.keys(base);
      expect(Object.keys(merged).filter((name) => kept.includes(name))).toEqual(kept);
    }),
  );
});
