import { rightsOf } from "../../policy/rights";
import { types } from "../../policy/types";
import { applyCommand, applyInput } from "../../systems/host/payload";
import { desired, layout } from "../systems/host/support/example";
import { declare } from "./stack";

const rights = (configName: string) =>
  rightsOf(
    declare(types.command, {
      create: applyCommand("g1"),
      stdin: applyInput({ ...layout(), configName }, desired()),
    }),
  ).map(({ where, control, trouble }) => ({ where, control, trouble }));

test("the rights in a config.yaml are read as those in a config.json", () => {
  const [config] = rights("config.yaml");
  expect(config?.trouble).toBeUndefined();
  expect(Object.keys(config?.control?.repositories ?? {})).toContain("**");
  expect(rights("config.yaml").map(({ trouble }) => trouble)).toEqual([undefined, undefined]);
});
