import { countChanges } from "../../../rehearsal/mission/pulumi";

const none = { create: 0, update: 0, replace: 0, delete: 0, same: 0 };

test.each([
  ["\nResources:\n    + 33 created\n\nDuration: 28s\n", { ...none, create: 33 }],
  ["\nResources:\n    33 unchanged\n\n", { ...none, same: 33 }],
  [
    "\nResources:\n    ~ 2 to update\n    +-1 to replace\n    3 changes. 31 unchanged\n\n",
    { ...none, update: 2, replace: 1, same: 31 },
  ],
  [
    "\nResources:\n    ~ 1 updated\n    - 4 deleted\n    5 changes. 28 unchanged\n",
    { ...none, update: 1, delete: 4, same: 28 },
  ],
])("%j", (output, expected) => {
  expect(countChanges(output)).toEqual(expected);
});

test("an output without a summary counts as a failure, not as nothing to do", () => {
  expect(() => countChanges("error: …\n")).toThrow("without a summary");
});
