import { type Authentik, startAuthentik } from "../../../rehearsal/authentik";
import { newTotpSecret, secretIn, stepOf, takesCode, totpCode } from "../../../rehearsal/authentik/totp";
import { enrol } from "../../../rehearsal/mission/person-login";
import { Totp } from "../../../rehearsal/mission/second-factor";
import { TOKEN } from "./client";
import { Visitor } from "./visitor";

/** RFC 6238, appendix B: the secret of the SHA-1 row, and the last six of its eight digits. */
const SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
test.each([
  [59, "287082"],
  [1_111_111_109, "081804"],
  [1_111_111_111, "050471"],
  [1_234_567_890, "005924"],
  [2_000_000_000, "279037"],
  [20_000_000_000, "353130"],
])("the code at %d s is the one of RFC 6238", (seconds, code) => {
  expect(totpCode(SECRET, stepOf(seconds * 1000))).toBe(code);
});

test("one step to either side is taken, none twice and none from before", () => {
  const now = 1_800_000_000_000;
  const secret = newTotpSecret();
  const taken = (lastStep: number, offset: number) =>
    takesCode({ secret, lastStep }, totpCode(secret, stepOf(now) + offset), now);
  expect([-2, -1, 0, 1, 2].map((offset) => taken(-1, offset))).toEqual([false, true, true, true, false]);
  expect([-1, 0, 1].map((offset) => taken(stepOf(now), offset))).toEqual([false, false, true]);
});

test("after a wrong code none is looked at for a second, and twice as long after each other one", () => {
  const now = 1_800_000_000_000;
  const device = { secret: newTotpSecret(), lastStep: -1 };
  const right = totpCode(device.secret, stepOf(now));
  const wrong = right === "000000" ? "000001" : "000000";
  expect(takesCode(device, wrong, now)).toBe(false);
  expect(takesCode(device, right, now + 999)).toBe(false);
  expect(takesCode(device, wrong, now + 1000)).toBe(false);
  expect(takesCode(device, right, now + 2999)).toBe(false);
  expect(takesCode(device, right, now + 3000)).toBe(true);
});

const PERSON = { username: "ana", password: "ana's password" };
const FLOW = "default-authentication-flow";
let authentik: Authentik | undefined;
afterEach(() => authentik?.stop());

test.each(["skip", "configure"] as const)(
  "where nobody has to have a second factor (%s), codes by time are set up, asked for at the next login, and taken once",
  async (withoutSecondFactor) => {
    authentik = await startAuthentik({ bootstrapToken: TOKEN, people: [PERSON], withoutSecondFactor });
    const secondFactor = new Totp();
    await enrol({ ...PERSON, authentikUrl: authentik.url, secondFactor });
    expect(secondFactor.isSetUp).toBe(true);

    const visitor = new Visitor(authentik.url);
    const code = await secondFactor.code();
    expect(await visitor.logIn(PERSON.username, PERSON.password, code)).toMatchObject({
      component: "xak-flow-redirect",
    });
    expect(await visitor.whoAmI()).toBe("ana");
    const again = new Visitor(authentik.url);
    expect(await again.logIn(PERSON.username, PERSON.password, code)).toMatchObject({
      component: "ak-stage-authenticator-validate",
      device_challenges: [{ device_class: "totp" }],
      response_errors: { code: [{ code: "invalid" }] },
    });
    expect(await again.whoAmI()).toBeUndefined();
  },
);

test("a wrong code sets nothing up, and nobody who is not logged in gets that far", async () => {
  authentik = await startAuthentik({ bootstrapToken: TOKEN, people: [PERSON] });
  const visitor = new Visitor(authentik.url);
  await visitor.look(FLOW);
  const asked = await visitor.identify(FLOW, "ana", PERSON.password);
  const right = totpCode(secretIn(String(asked["config_url"])), stepOf(Date.now()));
  const wrong = right === "000000" ? "000001" : "000000";
  expect(await visitor.answer(FLOW, { component: asked.component, code: wrong })).toMatchObject({
    component: "ak-stage-authenticator-totp",
    config_url: asked["config_url"],
    response_errors: { code: [{ code: "invalid" }] },
  });
  expect(authentik.state.userByName("ana")?.totp).toBeNull();
  const stranger = new Visitor(authentik.url);
  expect(await stranger.look("default-authenticator-totp-setup")).toMatchObject({
    component: "ak-stage-access-denied",
  });
});
