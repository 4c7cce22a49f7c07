import fc from "fast-check";
import { fingerprint, isFingerprint } from "../../keys/fingerprint";

const value = fc.string({ minLength: 1 });

test("an unchanged secret keeps its fingerprint, a changed one does not", () => {
  fc.assert(
    fc.property(value, value, (first, second) => {
      const before = fingerprint(first, undefined);
      expect(fingerprint(first, before)).toBe(before);
      if (first !== second) expect(fingerprint(second, before)).not.toBe(before);
    }),
  );
});

test("it says nothing about the secret, nor that two secrets are the same", () => {
  const [first, second] = [fingerprint("hunter2", undefined), fingerprint("hunter2", undefined)];
  expect(first).not.toContain("hunter2");
  expect(first).not.toBe(second);
  expect(isFingerprint(first)).toBe(true);
});
