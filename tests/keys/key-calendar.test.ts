import { DAY_MS, isDue, lifeRefusal, mintRefusal, skewWarning, timeLeft } from "../../keys/key-calendar";

const calendar = { lifetimeDays: 90, renewAfterDays: 60 };
const made = new Date("2026-01-01T00:00:00Z");
const after = (days: number) => new Date(made.getTime() + days * DAY_MS);

test("a key is due from the first second of its renewal day", () => {
  expect(isDue(made.toISOString(), calendar, new Date(after(60).getTime() - 1))).toBe(false);
  expect(isDue(made.toISOString(), calendar, after(60))).toBe(true);
});

test.each([
  [29.9, "in 29 days"],
  [1, "in 1 day"],
  [0.5, "in 12 hours"],
  [0.01, "now"],
  [-3, "now"],
])("a key with %d days left expires %s", (days, words) => {
  expect(timeLeft(after(days).toISOString(), made)).toBe(words);
});

test("a clock that is off by more than a minute is wrong, in either direction", () => {
  const at = (seconds: number) => skewWarning(new Date(made.getTime() + seconds * 1000), made);
  expect([at(60), at(-60)]).toEqual([undefined, undefined]);
  expect(at(61)).toContain("61 seconds ahead of this machine's");
  expect(at(-7200)).toContain("2 hours behind this machine's");
});

test("no key is minted that a corrected registry clock would expire before its renewal", () => {
  expect(mintRefusal(after(-29), made, calendar)).toBeUndefined();
  expect(mintRefusal(after(-30), made, calendar)).toContain("its clock is 30 days behind");
  expect(mintRefusal(after(400), made, calendar)).toBeUndefined();
});

test("a key that zot itself dates too short is refused, whatever the Date header said", () => {
  expect(lifeRefusal(made.toISOString(), after(90).toISOString(), calendar)).toBeUndefined();
  expect(lifeRefusal(made.toISOString(), after(60).toISOString(), calendar)).toContain("not zot's own clock");
});
