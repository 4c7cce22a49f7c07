import { consequencesText } from "../../../systems/zot/config/consequences";
import { consequencesIn } from "../../../rehearsal/mission/installation/run";

test("the rehearsal reads the consequences that a run prints, to the last one and no further", () => {
  const texts = ["anonymous clients can no longer push", "group ops can now pull"];
  // As the CLI indents a message of a resource.
  const printed = consequencesText(texts).replaceAll("\n", "\n    ");
  expect(consequencesIn(`Diagnostics:\n    ${printed}\n\n    zot's config:\n`)).toEqual(texts);
  expect(consequencesIn("no changes\n")).toEqual([]);
});
