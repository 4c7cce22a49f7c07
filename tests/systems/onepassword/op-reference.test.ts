import fc from "fast-check";
import { OpReferenceError, parseOpReference } from "../../../systems/onepassword/op-reference";

test.each([
  ["op://homelab/authentik/api-token", { vault: "homelab", item: "authentik", field: "api-token" }],
  ["op://v/i/s/private key", { vault: "v", item: "i", section: "s", field: "private key" }],
  ["op://v/i/k?ssh-format=openssh", { vault: "v", item: "i", field: "k", sshFormat: "openssh" }],
])("%s", (text, expected) => {
  expect(parseOpReference(text)).toEqual(expected);
});

test.each([
  ["op://v/i", "has 2 segments"],
  ["op://v/i/s/f/x", "has 5 segments"],
  ["op://v//f", "has an empty item"],
  ["op:///i/f", "has an empty vault"],
  ["op://v/i/", "has an empty field"],
  ["op://v/ i/f", "blank at the start or end of its item"],
  ["op://v/i (old)/f", "a character in its item"],
  ["op://v/i%20x/f", "a character in its item"],
  ["op://v/i/f?attribute=otp", "one-time password"],
  ["op://v/i/f?x=y", "unknown query"],
  ["OP://v/i/f", "does not start with op://"],
])("%s is refused", (text, reason) => {
  expect(() => parseOpReference(text)).toThrow(reason);
});

test("no message repeats the refused text", () => {
  const marked = fc.string().map((noise) => `op://${noise}SECRETMARK/i`);
  fc.assert(
    fc.property(marked, (text) => {
      try {
        parseOpReference(text);
      } catch (error) {
        expect(error).toBeInstanceOf(OpReferenceError);
        expect(String(error)).not.toContain("SECRETMARK");
      }
    }),
  );
});
