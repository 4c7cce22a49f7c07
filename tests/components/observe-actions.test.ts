import * as pulumi from "@pulumi/pulumi";
import { observeActions } from "../../components/observe-actions";
import { startForgejo } from "../../rehearsal/forgejo";

const TOKEN = "forgejo-token";

test("repositories whose Actions are off are announced together, and each is asked once", async () => {
  const warn = jest.spyOn(pulumi.log, "warn").mockResolvedValue();
  const forgejo = await startForgejo({
    token: TOKEN,
    owner: "eblume",
    flavour: "forgejo=9",
    repositories: ["blumeops", { name: "quiet", actions: false }, { name: "still", actions: false }],
  });
  try {
    const of = (...repositories: string[]) =>
      repositories.map((repository) => ({ owner: "eblume", repository }));
    await observeActions(forgejo.url, TOKEN, [
      { owner: "builders" },
      ...of("blumeops", "quiet", "Quiet", "gone", "still"),
    ]);
    expect(warn.mock.calls.map(([text]) => text)).toEqual([
      expect.stringMatching(
        /^Actions are switched off in eblume\/(quiet|Quiet), eblume\/still: no job will see/,
      ),
    ]);
    expect(forgejo.requests.map(({ path }) => path)).toHaveLength(4);
    warn.mockClear();
    await observeActions(forgejo.url, TOKEN, of("blumeops"));
    await observeActions(forgejo.url, "wrong", of("quiet"));
    expect(warn).not.toHaveBeenCalled();
  } finally {
    warn.mockRestore();
    await forgejo.stop();
  }
});
