import { conformTo, covers } from "../../../tools/conform/run";
import { COMPARED } from "../../../tools/conform/systems";

/*
 * Each stand-in answers, in each of its flavours, what the table says that the real system of that release answers, and nothing of
 * the comparison is left in it.
 */
const EACH = COMPARED.flatMap((system) =>
  system.flavours.map((flavour) => ({ system, flavour, name: system.name })),
);

test.each(EACH)("$name $flavour answers the whole table as it says", async ({ system, flavour }) => {
  const [there, standIn] = [await system.standIn(flavour), await system.standIn(flavour)];
  try {
    const { asked, found, left } = await conformTo(system, there, standIn, { known: [] });
    const told = found.map(
      ({ fact, at, there: its, expected }) => `${fact.shows}: ${at}: ${its}, not ${expected}`,
    );
    expect(told).toEqual([]);
    expect([asked > 15, left]).toEqual([true, []]);
  } finally {
    await Promise.all([there.stop(), standIn.stop()]);
  }
});

test.each(COMPARED)(
  "$name's facts each show something of their own, and say what depends on them",
  ({ facts, known }) => {
    expect(new Set(facts.map(({ shows }) => shows)).size).toBe(facts.length);
    expect(facts.filter(({ needs }) => needs === "")).toEqual([]);
    const texts = facts.map(({ shows }) => shows);
    const idle = known.filter(({ fact }) => !texts.some((text) => covers(fact, text)));
    expect(idle).toEqual([]);
  },
);
