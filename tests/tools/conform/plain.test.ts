import { plain } from "../../../tools/conform/plain";

const NAMES = { url: "http://127.0.0.1:9000", ns: "zot-access-conform-0", kept: {} };

test("scopes are a set: a server gives them in another order after each start", () => {
  const token = (scope: string) => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    return `${part({ alg: "HS256" })}.${part({ scope, azp: "zot" })}.c2ln`;
  };
  const answer = (scope: string) => plain({ scope, access_token: token(scope) }, NAMES);
  expect(answer("profile openid email")).toEqual(answer("openid email profile"));
  expect(answer("openid email")).not.toEqual(answer("openid email profile"));
});
