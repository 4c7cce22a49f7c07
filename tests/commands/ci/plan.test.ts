import { changesIn, judgeNight, summarize } from "../../../commands/ci/plan";
import { DRIFT, RENEWAL } from "./support/plans";

test("a plan is read as the CLI prints it, without what only the refresh did", () => {
  const changes = changesIn(DRIFT);
  expect(changes).toEqual([
    { operation: "update", type: "command:remote:Command", name: "registry-config" },
    { operation: "update", type: "zot-access:index:AccessProof", name: "access-proof-matrix" },
  ]);
  expect(summarize(changes)).toBe("2 to update");
  expect(changesIn("  pulumi:pulumi:Stack: (same)\nResources:\n    35 unchanged\n")).toEqual([]);
});

test("a due renewal is read as the CLI prints it, and is what a night does by itself; drift beside it is not", () => {
  const changes = changesIn(RENEWAL);
  expect(changes.map(({ operation, name }) => `${operation} ${name}`)).toEqual([
    "replace ci-credential-api-key",
    "update ci-credential-item",
    "update actions-secrets-eblume-blumeops-ZOT_CI_API_KEY",
    "update access-proof-matrix",
    "update old-keys-retired",
  ]);
  expect(summarize(changes)).toBe("1 to replace, 4 to update");
  expect(judgeNight(RENEWAL, changes)).toBe("due");
  expect(judgeNight(RENEWAL, [...changes, ...changesIn(DRIFT)])).toBe("drift");
  expect(judgeNight(RENEWAL.replaceAll("renewal due", "no longer takes"), changes)).toBe("drift");
});
