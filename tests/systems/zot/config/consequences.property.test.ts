import fc from "fast-check";
import { consequences, type Consequence } from "../../../../systems/zot/config/consequences";
import { textAt, type Tree, valueAt } from "../../../../systems/zot/config/read";
import {
  decidingIn,
  extentOfRight,
  type Registry,
  registryOf,
  RIGHTS,
  type Principal,
} from "../../../../systems/zot/config/registry";
import { describePrincipal } from "../../../../systems/zot/config/consequences/rights";

import { bits, written } from "./support/whole";

/*
 * Two configs that have nothing to do with each other: whatever somebody can do under one of them alone must be told.
 */
const GROUPS = ["admins", "family"];
const USERS = ["robot", "ada"];
const segment = fc.constantFrom("a", "b", "team", "app", "*", "a*", "?", "[ab]", "{a,team}");
const glob = fc.oneof(
  fc.constant("**"),
  fc.array(segment, { minLength: 1, maxLength: 3 }).map((path) => path.join("/")),
  fc.array(segment, { minLength: 1, maxLength: 2 }).map((path) => `${path.join("/")}/**`),
  fc.tuple(segment, segment).map(([first, last]) => `${first}/**/${last}`),
  segment.map((last) => `**/${last}`),
);
const actions = fc.subarray([...RIGHTS]);
const policy = fc.record({
  users: fc.subarray(USERS),
  groups: fc.subarray(GROUPS),
  actions,
  conditions: fc.constantFrom([], [{ expression: "req.tls.enabled" }]),
});
const repository = fc.record(
  { anonymousPolicy: actions, defaultPolicy: actions, policies: fc.array(policy, { maxLength: 2 }) },
  { requiredKeys: [] },
);
const control = fc.record(
  {
    repositories: fc.dictionary(glob, repository, { maxKeys: 4 }),
    adminPolicy: policy,
    groups: fc.constantFrom({ family: { users: ["ada"] } }),
  },
  { requiredKeys: ["repositories"] },
);
const auth = fc.record(
  {
    htpasswd: fc.constant({ path: "/h" }),
    apikey: fc.constant(true),
    ldap: fc.constantFrom({ address: "ldap" }, { address: "ldap", userFilter: "(a=b)" }),
    openid: fc.constantFrom(
      { providers: { oidc: { issuer: "https://id" } } },
      { providers: { github: { clientid: "g" }, oidc: { issuer: "https://id" } } },
    ),
    bearer: fc.constant({ realm: "https://auth", service: "zot" }),
    mtls: fc.constantFrom({ identityAttributes: ["URI"] }, { identityAttributes: ["Email"] }),
  },
  { requiredKeys: [] },
);
const config: fc.Arbitrary<Tree> = fc.record(
  {
    storage: fc.record(
      {
        rootDirectory: fc.constantFrom("/x", "/x/", "/y"),
        subPaths: fc.constantFrom({ "/a": { rootDirectory: "/x" } }, { "/a": { rootDirectory: "/z" } }),
        storageDriver: fc.constantFrom({ name: "s3", bucket: "b" }, { name: "gcs", bucket: "b" }),
      },
      { requiredKeys: ["rootDirectory"] },
    ),
    http: fc.record(
      {
        address: fc.constantFrom("127.0.0.1", "0.0.0.0"),
        port: fc.constantFrom("5000", 5000, 8080),
        auth,
        tls: fc.constant({ cert: "/c", key: "/k", cacert: "/ca" }),
        accessControl: control,
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: ["storage"] },
);
const name = fc
  .array(fc.constantFrom("a", "b", "ab", "team", "app", "x", "c"), { minLength: 1, maxLength: 4 })
  .map((path) => path.join("/"));
const who: fc.Arbitrary<Principal> = fc.oneof(
  fc.constantFrom<Principal>({ kind: "anonymous" }, { kind: "any login" }),
  fc.constantFrom(...GROUPS).map((each): Principal => ({ kind: "group", name: each })),
  fc.constantFrom(...USERS).map((each): Principal => ({ kind: "user", name: each })),
);

const all = (host: Tree, desired: Tree) => consequences(host, desired, { zotVersion: "2.1.20" });

/** Those of a line that speaks of that repository: its globs are the ones that decide there, before and after. */
function speaksOf(line: Consequence, before: Registry, after: Registry, repository: string): boolean {
  const deciding = [...new Set([...decidingIn(before, repository), ...decidingIn(after, repository)])].sort();
  return (line.areas ?? []).some(({ globs }) => [...globs].sort().join() === deciding.join());
}

/** zot reads the same in any case. */
const inAnyCase = fc.tuple(config, bits).map(([each, how]) => written(each, how));

test("every right that differs between two configs is reported, with subject and place", () => {
  fc.assert(
    fc.property(
      inAnyCase,
      inAnyCase,
      who,
      name,
      fc.constantFrom(...RIGHTS),
      (host, desired, subject, repository, right) => {
        const [before, after] = [registryOf(host), registryOf(desired)];
        const [old, next] = [before, after].map((each) =>
          extentOfRight(each, subject, repository, right),
        ) as [number, number];
        if (old === next) return;
        const lines = all(host, desired).filter(
          (line) =>
            line.sign === (next > old ? "gain" : "loss") &&
            line.rights?.includes(right) === true &&
            speaksOf(line, before, after, repository),
        );
        // Of somebody by name, or of everybody of the kind.
        const general = ["anonymous", "everybody who is logged in"];
        const told = lines.map((line) => line.who);
        expect(told.some((each) => each === describePrincipal(subject) || general.includes(each))).toBe(true);
        if (subject.kind === "anonymous") expect(told).toContain("anonymous");
      },
    ),
    { numRuns: 1000 },
  );
});

test("a config has no consequences for itself, and swapping two configs swaps gains and losses", () => {
  fc.assert(
    fc.property(inAnyCase, inAnyCase, (one, other) => {
      expect(all(one, one)).toEqual([]);
      const count = (lines: Consequence[], sign: string) =>
        lines.filter((line) => line.rights !== undefined && line.sign === sign).flatMap((line) => line.areas)
          .length;
      expect(count(all(one, other), "loss") > 0).toBe(count(all(other, one), "gain") > 0);
    }),
  );
});

test("every changed login, address and folder is reported, and refused unless allowed", () => {
  fc.assert(
    fc.property(config, config, (host, desired) => {
      const kinds = new Set(all(host, desired).map(({ kind }) => kind));
      // By another way: each as it is written, of those that let anybody in.
      const logins = (tree: Tree) => {
        const ways = valueAt(tree, "http", "auth") as Record<string, unknown> | undefined;
        const { apikey, mtls, openid, ...others } = ways ?? {};
        const providers = Object.entries((openid as { providers?: object } | undefined)?.providers ?? {});
        const authority = valueAt(tree, "http", "tls", "cacert");
        return [
          ...Object.entries(others).map((each) => JSON.stringify(each)),
          ...providers.map(([each]) => each),
          ...(apikey === true || providers.length > 0 ? ["keys"] : []),
          ...(authority === undefined ? [] : [JSON.stringify(mtls ?? "any")]),
        ];
      };
      const lost = logins(host).some((each) => !logins(desired).includes(each));
      expect(kinds.has("loseLogins")).toBe(lost);
      const at = (tree: Tree, key: string, standard: string) => textAt(tree, "http", key) ?? standard;
      const tls = (tree: Tree) => valueAt(tree, "http", "tls") !== undefined;
      const moved =
        tls(host) !== tls(desired) ||
        at(host, "address", "127.0.0.1") !== at(desired, "address", "127.0.0.1") ||
        at(host, "port", "8080") !== at(desired, "port", "8080");
      expect(kinds.has("moveAddress")).toBe(moved);
      // By another way of comparing: each part as zot would open it.
      const folders = (tree: Tree) => {
        const { rootDirectory, subPaths, storageDriver } = tree["storage"] as Record<string, unknown>;
        return JSON.stringify([storageDriver ?? String(rootDirectory).replace(/\/$/, ""), subPaths]);
      };
      if (folders(host) !== folders(desired)) expect(kinds.has("moveStorage")).toBe(true);
    }),
  );
});
