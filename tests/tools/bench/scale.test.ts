import { growth, table } from "../../../tools/bench/scale";

const cost = (seconds: number, requests: number, memory = true) => ({
  seconds,
  requests,
  cpuSeconds: memory ? seconds / 2 : undefined,
  peakMib: memory ? 100 * seconds : undefined,
});
const one = { up: cost(20, 50), preview: cost(2, 20) };

test("what a unit costs is the difference of two stacks, divided by the units between them", () => {
  const eleven = { up: cost(31, 80), preview: cost(3, 20) };
  expect(growth(one, eleven)).toEqual({
    up: { seconds: 1.1, cpuSeconds: 0.55, requests: 3, peakMib: 110 },
    preview: { seconds: 0.1, cpuSeconds: 0.05, requests: 0, peakMib: 10 },
  });
});

test("the table is one of Markdown, with a question mark where the machine does not tell", () => {
  const unknown = { up: cost(1, 2, false), preview: cost(0.25, 0, false) };
  const cells = table([
    ["one", one],
    ["each", growth(unknown, unknown)],
  ]).map((line) =>
    line
      .slice(2, -2)
      .split(" | ")
      .map((cell) => cell.trim()),
  );
  expect(cells.slice(2)).toEqual([
    ["one", "up from nothing", "20.00", "10.00", "50", "2000"],
    ["", "preview", "2.00", "1.00", "20", "200"],
    ["each", "up from nothing", "0.00", "?", "0", "?"],
    ["", "preview", "0.00", "?", "0", "?"],
  ]);
});
