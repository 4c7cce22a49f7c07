import { rightsOf } from "../../policy/rights";
import { types } from "../../policy/types";
import { applyCommand, applyInput } from "../../systems/host/payload";
import type { HostLayout } from "../../systems/host/types";
import { desired, layout } from "../systems/host/support/example";
import { declare } from "./stack";

const rights = (change: Partial<HostLayout>, edit = (stdin: string) => stdin) =>
  rightsOf(
    declare(types.command, {
      create: applyCommand("g1"),
      stdin: edit(applyInput({ ...layout(), ...change }, desired())),
    }),
  ).map(({ where, control, trouble }) => ({ where, control, trouble }));

test("the rights in a config.yaml are read as those in a config.json", () => {
  const [config] = rights({ configName: "config.yaml" });
  expect(config?.trouble).toBeUndefined();
  expect(Object.keys(config?.control?.repositories ?? {})).toContain("**");
  expect(rights({ configName: "config.yaml" }).map(({ trouble }) => trouble)).toEqual([undefined, undefined]);
});

test("so are those that another user brings to the host, by this project's script alone", () => {
  const runAs = { runAs: "zot" };
  expect(rights(runAs).map(({ trouble }) => trouble)).toEqual([undefined, undefined]);
  expect(Object.keys(rights(runAs)[0]?.control?.repositories ?? {})).toContain("**");
  for (const [own, other] of [
    ["sudo -n -u", "sudo -u"],
    ["may_reload() {", "may_reload() { return;"],
  ] as const) {
    const [foreign] = rights(runAs, (stdin) => stdin.replace(own, other));
    expect(foreign?.trouble).toContain("a script that is not this project's own");
  }
});
