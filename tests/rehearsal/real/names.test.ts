import { blueprintNames, plannedNames } from "../../../rehearsal/real/names";
import type { PlannedStep } from "../../../systems/pulumi/plan";

const step = (op: string, type: string, inputs: object): PlannedStep =>
  ({
    op,
    urn: `urn:pulumi:stack::project::${type}::name`,
    newState: { type, custom: true, inputs },
  }) as PlannedStep;

test("a plan's new objects are told by the names that Authentik finds them by", () => {
  const steps = [
    step("create", "authentik:index/application:Application", { slug: "zot", name: "Zot" }),
    step("create-replacement", "authentik:index/token:Token", { identifier: "zot-ci-login" }),
    step("create", "authentik:index/policyBinding:PolicyBinding", { order: 0 }),
    step("same", "authentik:index/group:Group", { name: "there" }),
    step("create", "onepassword:index/item:Item", { title: "key" }),
  ];
  expect(plannedNames(steps)).toEqual([
    { kind: "core/applications/", name: "zot" },
    { kind: "core/tokens/", name: "zot-ci-login" },
  ]);
});

test.each([
  ["of a type that it knows no list of", step("create", "authentik:index/brand:Brand", { domain: "x" })],
  ["whose name is not known yet", step("create", "authentik:index/group:Group", {})],
])("an object %s is refused: it could not be removed again", (_what, planned) => {
  expect(() => plannedNames([planned])).toThrow("could not be found there again by a name");
});

const entries = (...lines: string[]) =>
  `version: 1\nentries:\n${lines.map((line) => `  - ${line}\n`).join("")}`;

test("a blueprint's objects are told by their identifiers or attributes, bindings go with them", () => {
  const content = entries(
    "{model: authentik_core.group, identifiers: {name: ops}, attrs: {name: ops}}",
    "{model: authentik_core.user, identifiers: {username: bot}, attrs: {type: service_account}}",
    "{model: authentik_core.application, id: app, attrs: {slug: shop, name: Shop}}",
    "{model: authentik_policies.policybinding, identifiers: {target: !KeyOf app, order: 0}}",
  );
  expect(blueprintNames(content)).toEqual([
    { kind: "core/groups/", name: "ops", onlyNamed: true },
    { kind: "core/users/", name: "bot", onlyNamed: false },
    { kind: "core/applications/", name: "shop", onlyNamed: false },
  ]);
});

test.each([
  "{model: authentik_core.group, identifiers: {name: !Context team}}",
  "{model: authentik_brands.brand, identifiers: {domain: x}}",
])("a blueprint's entry %s is refused: it could not be removed again", (entry) => {
  expect(() => blueprintNames(entries(entry))).toThrow("could not be found again by a name");
});
