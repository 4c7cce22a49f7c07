import fc from "fast-check";
import { pathOf } from "../../../systems/http/path";

test("whatever the names are, the address has exactly these segments", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "grapheme" }), { minLength: 1 }), (names) => {
      if (names.some((name) => ["", ".", ".."].includes(name))) {
        expect(() => pathOf(...names)).toThrow("cannot be a part of an address");
        return;
      }
      const { pathname, search, hash } = new URL(`http://a.test/api${pathOf(...names)}/end`);
      expect(pathname.split("/").slice(2, -1).map(decodeURIComponent)).toEqual(names);
      expect(search + hash).toBe("");
    }),
  );
});

test.each([[".."], ["."], [""]])("%j is refused", (name) => {
  expect(() => pathOf("repos", name, "x")).toThrow("cannot be a part of an address");
});
