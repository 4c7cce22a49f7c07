import fc from "fast-check";
import { mask, secretsOf } from "../../../commands/ci/mask";

/** Any units at all: halves of surrogate pairs, line breaks and what regular expressions take for their own among them. */
const anyText = fc.oneof(
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 })
    .map((units) => String.fromCharCode(...units)),
  fc.string({
    unit: fc.constantFrom(...Array.from("\\^$.*+?()[]{}|/-&%\"'<> \t\r\n=:@#a1ä😀")),
    maxLength: 40,
  }),
  fc.string({ unit: "grapheme", maxLength: 40 }),
);
const anySecret = anyText.map((text) => text.trim()).filter((text) => text !== "" && text !== "[secret]");

const UNRESERVED = /[A-Za-z0-9_.~-]/;
/** Escapes each byte but the unreserved and the named ones, as Go's net/url does for a part of an address. */
const goEscaped = (text: string, kept: string, digits: "upper" | "lower" = "upper") =>
  [...Buffer.from(text)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      if (byte < 0x80 && (UNRESERVED.test(character) || kept.includes(character))) return character;
      const hexadecimal = byte.toString(16).padStart(2, "0");
      return `%${digits === "upper" ? hexadecimal.toUpperCase() : hexadecimal}`;
    })
    .join("");
const json = (text: string) => JSON.stringify(text).slice(1, -1);
const goJson = (text: string) =>
  json(text).replace(/[<>&]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`);
const asciiJson = (text: string) =>
  json(text).replace(
    /[\x7f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0").toUpperCase()}`,
  );
const userPassword = (text: string) => goEscaped(text, "$&+,;=");

const html = (text: string) =>
  text.replace(
    /[&<>"']/g,
    (character) => `&#${character === "'" ? "39" : `x${character.charCodeAt(0).toString(16)}`};`,
  );

const FORMS: Readonly<Record<string, (text: string) => string>> = {
  "as it stands": (text) => text,
  "as it is printed": (text) => Buffer.from(text).toString(),
  "in JSON": json,
  "in Go's JSON": goJson,
  "in JSON of ASCII alone": asciiJson,
  "by url.UserPassword": userPassword,
  "by url.PathEscape": (text) => goEscaped(text, "$&+:=@"),
  "by url.QueryEscape": (text) => goEscaped(text, "").replaceAll("%20", "+"),
  "in lower-case digits": (text) => goEscaped(text, "", "lower"),
  "with more escaped than has to be": (text) =>
    [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""),
  "in an address within JSON": (text) => goJson(userPassword(text)),
  "in JSON within JSON": (text) => json(json(text)),
  "in an address within an address": (text) => goEscaped(goEscaped(text, ""), ""),
  "in HTML": html,
  "quoted for a shell": (text) => text.replaceAll("'", String.raw`'\''`),
  "by shlex.quote": (text) => text.replaceAll("'", `'"'"'`),
  "in quotes of YAML": (text) => text.replaceAll("'", "''"),
};

/** Deeper than anything that is looked at by itself; what looks like an escape before is another text then. */
const DEEP: Readonly<Record<string, (text: string) => string>> = {
  "in JSON within JSON within JSON": (text) => json(json(json(text))),
  "in an address within an address within JSON": (text) => goJson(goEscaped(goEscaped(text, ""), "")),
  "three times in an address": (text) => goEscaped(goEscaped(goEscaped(text, ""), ""), "", "lower"),
  "in JSON within HTML": (text) => html(goJson(text)),
  "in an address of HTML": (text) => goEscaped(html(text), ""),
  "in a shell's JSON": (text) => json(text).replaceAll("'", String.raw`'\''`),
  "broken into lines": (text) => text.replace(/.{7}(?=.)/gs, "$&\n"),
  "broken into lines of a diff": (text) => text.replace(/.{7}(?=.)/gs, "$&\n      + "),
  "in base64 that is broken into lines": (text) =>
    Buffer.from(`user:${text}`)
      .toString("base64")
      .replace(/.{11}(?=.)/g, "$&\r\n"),
  "in base64 of base64": (text) =>
    Buffer.from(`{"auth":"${Buffer.from(`user:${text}`).toString("base64")}"}`).toString("base64"),
};
const plainSecret = fc
  .string({ unit: fc.constantFrom(...Array.from("aZ09&<>\"'$#@:/=+-_. äß😀")), minLength: 24, maxLength: 60 })
  .map((text) => `a${text}b`)
  .filter((text) => !/''|""/.test(text));

test.each(Object.entries(DEEP))("a secret is masked %s", (_name, form) => {
  fc.assert(
    fc.property(plainSecret, fc.lorem(), fc.lorem(), (secret, before, after) => {
      expect(mask(`${before} (${form(secret)}) ${after}`, [secret])).toMatch(
        /^[\w ,.]+ \(\S{0,40}?\[secret\][^]{0,12}\) [\w ,.]+$/,
      );
    }),
    { numRuns: 200 },
  );
});

test.each(Object.entries(FORMS))("any secret is masked %s", (_name, form) => {
  fc.assert(
    fc.property(anySecret, anyText, anyText, (secret, before, after) => {
      const written = form(secret);
      expect(mask(`${before} "${written}" ${after}`, [secret])).not.toContain(`"${written}"`);
    }),
    { numRuns: 300 },
  );
});

test.each([
  ["in quotes of YAML", String.raw`\""'\``],
  ["in quotes of YAML", `a""b'c`],
  ["quoted for a shell", `a'"'"'b'c`],
  ["by shlex.quote", String.raw`a'\''b'c`],
])("a secret is masked %s that holds what another way of quoting would escape", (name, secret) => {
  const written = FORMS[name]?.(secret) ?? "";
  expect(mask(`error: "${written}"`, [secret])).toBe('error: "[secret]"');
});

test.each(["base64", "base64url"] as const)(
  "any secret of 12 bytes is masked in %s, whatever surrounds it",
  (alphabet) => {
    const long = anySecret.filter((secret) => Buffer.from(secret).length >= 12);
    fc.assert(
      fc.property(long, fc.string(), fc.string(), (secret, before, after) => {
        const text = Buffer.from(`${before}:${secret}:${after}`).toString(alphabet);
        expect(mask(text, [secret])).toContain("[secret]");
      }),
      { numRuns: 300 },
    );
  },
);

test("any number of secrets is masked in any text, and other text stays", () => {
  fc.assert(
    fc.property(fc.array(anyText, { maxLength: 8 }), anyText, (secrets, text) => {
      expect(() => mask(text, secrets)).not.toThrow();
    }),
  );
  expect(mask('%2G \\q %ff\\u12 "ä" 😀', ["", " ", "another-secret"])).toBe('%2G \\q %ff\\u12 "ä" 😀');
});

test("a secret of fewer than 8 characters with a hyphen is masked, which ended every job after the first renewal", () => {
  expect(mask("zot-ci, zot-cis and the zot-ci", ["zot-ci"])).toBe("[secret], zot-cis and the [secret]");
});

test("masking a hundred secrets in a megabyte ends in time", () => {
  const text = 'a line of a diff: "%20\\n" => value\n'.repeat(30_000);
  const secrets = Array.from({ length: 100 }, (_, index) => `zak_${String(index).padStart(32, "0")}`);
  const begun = performance.now();
  expect(mask(text + secrets.join("\n"), secrets)).toBe(text + secrets.map(() => "[secret]").join("\n"));
  expect(performance.now() - begun).toBeLessThan(60_000);
});

describe("the address of the state", () => {
  /** What a run prints where the database is down: the address as it was read, and as Go writes it again. */
  const shown = (password: string, forms = FORMS) =>
    Object.values(forms).map((form) => `error: dial "${form(password)}": refused`);
  const kept = (address: string, password: string) => {
    const secrets = secretsOf({ PULUMI_BACKEND_URL: address });
    return [...shown(password), `parse "${address}": invalid`].filter((text) => {
      const masked = mask(text, secrets);
      return (
        Object.values(FORMS).some((form) => masked.includes(`"${form(password)}"`)) ||
        masked.includes(`:${password}@`)
      );
    });
  };

  test("keeps its password to itself, whatever characters that has and however it was written", () => {
    fc.assert(
      fc.property(anySecret, (password) => {
        const printed = Buffer.from(password).toString();
        const written = [userPassword(printed), goEscaped(printed, "", "lower")];
        for (const form of written) {
          expect(kept(`postgres://user:${form}@db.example.org/pulumi?sslmode=disable`, printed)).toEqual([]);
        }
        const query = goEscaped(printed, "").replaceAll("%20", "+");
        expect(kept(`postgres://db.example.org/pulumi?user=u&password=${query}`, printed)).toEqual([]);
        expect(kept(`s3://bucket?access_key=${goEscaped(printed, "")}&region=eu`, printed)).toEqual([]);
      }),
    );
  });

  test.each([
    ["with a wrong escape", "postgres://user:p%zz-w0rd@db/pulumi", ["p%zz-w0rd", "%zz"]],
    ["with a wrong escape at its end", "postgres://user:p%26q$%@db/pulumi", ["p%26q$%", "p&q$%"]],
    ["that a `#` breaks off", "postgres://user:pa55#w0rd@db/pulumi", ["pa55#w0rd", "pa55", "w0rd"]],
    ["that a slash breaks off", "postgres://user:pa55/w0rd@db/pulumi", ["pa55/w0rd", "pa55"]],
    ["that holds an @", "postgres://user:pa55@w0rd@db/pulumi", ["pa55@w0rd", "pa55"]],
    [
      "that is no more than a token",
      "https://ghp_0123456789abcdefghij@example.org",
      ["ghp_0123456789abcdefghij"],
    ],
  ])("keeps a password %s to itself", (_name, address, parts) => {
    const secrets = secretsOf({ PULUMI_BACKEND_URL: address });
    for (const part of parts) expect(mask(`invalid port ":${part}" after`, secrets)).not.toContain(part);
    expect(mask("postgres://user: sslmode=disable, db/pulumi", secrets)).toBe(
      "postgres://user: sslmode=disable, db/pulumi",
    );
  });

  test("keeps the password of an endpoint within it to itself", () => {
    const secrets = secretsOf({
      PULUMI_BACKEND_URL:
        "s3://state?endpoint=https%3A%2F%2Fminio%3Ap4ss%2526w0rd%40store.example.org&region=eu",
    });
    expect(mask('Get "https://minio:p4ss%26w0rd@store.example.org/?": p4ss&w0rd', secrets)).toBe(
      'Get "https://minio:[secret]@store.example.org/?": [secret]',
    );
  });

  test("says where the state is", () => {
    const secrets = secretsOf({
      PULUMI_BACKEND_URL: "postgres://user:p%26q%24-w0rd@db.example.org/pulumi?sslmode=disable",
    });
    expect(mask("no route to db.example.org, sslmode disable, user", secrets)).toBe(
      "no route to db.example.org, sslmode disable, user",
    );
  });
});
