import { parseArguments } from "../../../rehearsal/mission/arguments";
import { flavoursOf } from "../../../rehearsal/mission/flavours";

test("releases are chosen by name, one a system, and Gitea is a flavour of Forgejo", () => {
  const chosen = ["--flavour", "authentik=2026.2", "--flavour", "gitea=1.26", "--flavour", "zot=2.1.17"];
  expect(parseArguments(chosen).flavours).toEqual({
    authentik: "2026.2",
    forgejo: "gitea=1.26",
    zot: "2.1.17",
  });
  expect(parseArguments([]).flavours).toEqual({});
});

test("what is unknown, chosen twice, or real is told in one error", () => {
  const names = ["zot=2.1.3", "forgejo=9", "gitea=1.26", "authentik=2026.2", "toString"];
  const refused = () => flavoursOf(names, { AUTHENTIK_URL: "http://127.0.0.1:9000" });
  expect(refused).toThrow(/zot=2\.1\.3 is none of .*zot=2\.1\.20/);
  expect(refused).toThrow(/gitea=1\.26: forgejo has a flavour already/);
  expect(refused).toThrow(/authentik=2026\.2: AUTHENTIK_URL names a real one/);
  expect(refused).toThrow(/toString is none of/);
});
