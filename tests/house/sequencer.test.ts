import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

const { LONGEST, rankOf } = jest.requireActual<{ LONGEST: string[]; rankOf: (path: string) => number }>(
  "../sequencer.js",
);
const ROOT = resolve(__dirname, "../..");

test("the files that take longest are there, and begin before all others", () => {
  expect(LONGEST.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  const others = [
    "/tests/engine/renamed.test.ts",
    "/tests/systems/host/payload.test.ts",
    "/tests/docs/docs.test.ts",
  ];
  const inOrder = [...LONGEST, ...others];
  const shuffled = [...inOrder].sort();
  expect(shuffled.sort((one, other) => rankOf(one) - rankOf(other))).toEqual(inOrder);
});
