import { asChange, changesIn, stepsIn, summarize } from "../../../commands/ci/plan";
import { drift, planned, renewal } from "./support/world";

test("a plan is read from the CLI's JSON, without changes of the state alone", () => {
  const changes = changesIn(stepsIn(drift.output)).map(asChange);
  expect(changes).toEqual([{ operation: "update", type: "command:remote:Command", name: "registry-config" }]);
  expect(summarize([...changes, ...changesIn(stepsIn(renewal.output)).map(asChange)])).toBe(
    "1 to update, 1 to replace",
  );
  const urn = "urn:pulumi:indri::zot-access::t::n";
  const idle = planned({ op: "refresh", urn }, { op: "read", urn });
  expect(summarize(changesIn(stepsIn(idle.output)).map(asChange))).toBe("no change");
});

test("a summary has one order, whatever the engine's is: the issue's title does not change from night to night", () => {
  const all = ["delete", "discard", "update", "create", "replace", "update"];
  const inOrder = "1 to create, 2 to update, 1 to replace, 1 to delete, 1 to discard";
  for (const operations of [all, [...all].reverse()])
    expect(summarize(operations.map((operation) => ({ operation })))).toBe(inOrder);
});

test.each(["", "{}", '{"steps": []}', '{"steps": [{"urn": "x"}]}', "Resources:\n    33 unchanged\n"])(
  "%j is no plan without changes",
  (text) => {
    expect(() => stepsIn(text)).toThrow(/cannot be read|an unknown format/);
  },
);
