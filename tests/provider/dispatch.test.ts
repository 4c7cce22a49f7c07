import { z } from "zod";
import { dispatch, erased } from "../../provider/dispatch";
import type { Handler } from "../../provider/handler";
import { plain, secret, UNKNOWN } from "../../provider/values";

const urn = "urn:pulumi:s::zot-access::zot-access:index:Group$zot-access:index:Thing::x";

interface Inputs {
  name: string;
  token: string;
}

const received: unknown[] = [];
const handler: Handler<Inputs, Inputs> = {
  schema: z.strictObject({ name: z.string().min(3, "is too short"), token: z.string() }),
  secrets: ["token"],
  conceal: (inputs) => ({ ...inputs, token: `concealed ${inputs.token.length}` }),
  diff: (_id, old, news) => Promise.resolve({ changes: old.name !== news.name, replaces: [] }),
  create: (inputs) => {
    received.push(inputs);
    return Promise.resolve({ id: inputs.name, outputs: inputs });
  },
  update: (_id, _old, news) => Promise.resolve(news),
  delete: () => Promise.resolve(),
};
const served = dispatch("0.1.0", { "zot-access:index:Thing": erased(handler) });

// Pulumi's own interface has `any` where the engine's property values travel.
async function checked(news: unknown): Promise<unknown> {
  return ((await served.check?.(urn, {}, news)) as { inputs?: unknown; failures?: unknown }).inputs;
}

test("what the handler calls secret leaves it marked as secret, and is plain inside", async () => {
  const inputs = await checked({ name: "abc", token: secret("t0ken") });
  expect(inputs).toEqual({ name: "abc", token: secret("concealed 5") });
  expect(await served.create?.(urn, inputs)).toMatchObject({
    outs: { name: "abc", token: secret("concealed 5") },
  });
  expect(received).toEqual([{ name: "abc", token: "concealed 5" }]);
});

test("a bad input is refused by its property, before anything is made", async () => {
  expect(await served.check?.(urn, {}, { name: "a", token: secret("t") })).toEqual({
    failures: [{ property: "name", reason: "is too short" }],
  });
});

test("an input that is not known yet is neither judged nor concealed, and counts as a change", async () => {
  const news = { name: "abc", token: UNKNOWN };
  const inputs = await checked(news);
  expect(plain(inputs)).toEqual(news);
  expect(await served.diff?.("abc", urn, { name: "abc", token: "t" }, inputs)).toEqual({ changes: true });
});

test("a type that it does not have is named", async () => {
  await expect(served.create?.("urn:pulumi:s::p::zot-access:index:Other::x", {})).rejects.toThrow(
    "no resource type zot-access:index:Other",
  );
});
