import { mask, secretsOf } from "../../../commands/ci/mask";
import { secretsInState } from "../../../commands/ci/state-secrets";
import { secretText, stateText } from "../shared/fake-pulumi";

const KEY = "zak_0123456789abcdef0123456789abcdef";
const base64 = (text: string) => Buffer.from(text).toString("base64");

test.each([
  ["as it stands", KEY, `key: ${KEY}, and ${KEY}`],
  ["in JSON", 'a "quoted"\tsecret', JSON.stringify({ key: 'a "quoted"\tsecret' })],
  ["in JSON of Go's", "<a&secret>", String.raw`"\u003ca\u0026secret\u003e"`],
  ["in a URL", "p@ss word/0", `https://u:${encodeURIComponent("p@ss word/0")}@example.org`],
  ["in base64", KEY, base64(KEY)],
  ["in the login of a request", KEY, `Authorization: Basic ${base64(`zot-ci:${KEY}`)}`],
  ["in another login", KEY, `Basic ${base64(`zot-cis:${KEY}`)} ${base64(`a:${KEY}:b`)}`],
  ["line by line", "first line of it\nsecond line of it", "+ second line of it\n+ first line of it"],
  ["with a line break at its end", `${KEY}\n`, KEY],
])("a secret is masked %s", (_name, secret, text) => {
  const masked = mask(text, [secret]);
  expect(masked).toContain("[secret]");
  for (const part of [secret, ...secret.split("\n"), base64(secret).slice(4, -4), encodeURIComponent(secret)])
    if (part !== "") expect(masked).not.toContain(part);
});

test("a secret that begins with another one is masked as a whole", () => {
  expect(mask("secret-one-and-two", ["secret-one", "secret-one-and-two"])).toBe("[secret]");
});

test("a short secret is masked as a whole word only", () => {
  expect(mask("root, root: /root/roots uproot root.", ["root"])).toBe(
    "[secret], [secret]: /[secret]/roots uproot [secret].",
  );
  expect(mask("a.b axb", ["a.b", "", "  "])).toBe("[secret] axb");
});

test("secrets of the environment are those of its names, and the passwords in its URLs", () => {
  const secrets = secretsOf({
    GITHUB_TOKEN: "job-token",
    PGPASSWORD: "of-postgres",
    AWS_SECRET_ACCESS_KEY: "of-s3",
    AZURE_STORAGE_CONNECTION_STRING: "of-azure",
    OP_SESSION_my: "of-op",
    PULUMI_BACKEND_URL: "postgres://pulumi:in%20the-url@db.example.org/pulumi",
    GITHUB_REPOSITORY: "eblume/blumeops",
  });
  expect(secrets.sort()).toEqual([
    "in the-url",
    "in%20the-url",
    "job-token",
    "of-azure",
    "of-op",
    "of-postgres",
    "of-s3",
  ]);
});

describe("secrets of the state", () => {
  const stateOf = (...resources: object[]) => stateText(resources);

  test("are all texts in encrypted inputs and outputs, and no plain ones", () => {
    const state = stateOf(
      { type: "zot-access:index:ZotApiKey", inputs: { label: "public" }, outputs: { key: secretText(KEY) } },
      { type: "kubernetes:core/v1:Secret", inputs: { stringData: secretText({ a: "one", b: ["two"] }) } },
    );
    expect(secretsInState(state)).toEqual([KEY, "one", "two"]);
  });

  test("exclude values that are encrypted because of another value", () => {
    const state = stateOf(
      {
        type: "command:remote:Command",
        inputs: {
          connection: secretText({
            host: "indri",
            user: "erich",
            hostKey: "ssh-ed25519 AAAA",
            privateKey: "PEM",
          }),
          stdin: secretText('  "log": {\n    "level": "info"\n'),
        },
      },
      {
        type: "zot-access:index:AccessProof",
        inputs: {
          identities: secretText([{ name: "ci", username: "zot-ci", groups: ["g"], password: KEY }]),
        },
      },
      {
        type: "zot-access:index:RetiredKeys",
        inputs: {
          former: secretText([
            {
              registryUrl: "https://registry.example.org",
              username: "zot-ci",
              key: "zak_former",
              uuid: "8ccda8ce-d595-4ad6-a8f9-036de9965d2f",
              expiresAt: "2027-02-23T14:59:25Z",
              adopted: false,
            },
          ]),
        },
      },
      {
        type: "onepassword:index/item:Item",
        inputs: {
          noteValue: secretText("made by the stack"),
          password: secretText(KEY),
          sectionMap: { key: { fieldMap: { "expires at": { value: secretText("2027-02-23") } } } },
        },
      },
    );
    expect(secretsInState(state)).toEqual(["PEM", KEY, "zak_former", KEY]);
    // The same names elsewhere are secrets.
    const elsewhere = stateOf({ type: "other:index:Thing", inputs: { stdin: secretText("typed in") } });
    expect(secretsInState(elsewhere)).toEqual(["typed in"]);
  });

  test("are not in the error about an unreadable state", () => {
    for (const text of [
      `{"x": ${KEY}`,
      `{"deployment": "${KEY}"}`,
      `{"deployment": {"resources": ["${KEY}"]}}`,
      stateOf({ type: "t", outputs: { key: { ...secretText(""), plaintext: KEY } } }),
    ]) {
      expect(() => secretsInState(text)).toThrow(/^The state came in an unknown format\.$/);
    }
  });
});
