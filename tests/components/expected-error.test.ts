import { ResourceError, RunError } from "@pulumi/pulumi";
import { asShown } from "../../components/expected-error";
import { SettingsError } from "../../config/problems";

test("an error with a next step is shown without its stack trace", () => {
  const error = new SettingsError([{ path: "zot-access:host", problem: "is nothing", fix: "name the host" }]);
  const shown = asShown(error);
  expect(RunError.isInstance(shown)).toBe(true);
  expect((shown as Error).message).toBe(error.message);
});

test.each([new TypeError("x is not a function"), new ResourceError("no", undefined), "a text"])(
  "%p goes to Pulumi as it is",
  (error) => {
    expect(asShown(error)).toBe(error);
  },
);
