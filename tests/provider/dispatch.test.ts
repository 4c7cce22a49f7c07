import { z } from "zod";
import { dispatch, erased } from "../../provider/dispatch";
import type { Handler } from "../../provider/handler";
import { START } from "../../systems/pulumi/types";
import { secret, UNKNOWN } from "../../systems/pulumi/values";

const urn = "urn:pulumi:s::zot-access::zot-access:index:Group$zot-access:index:Thing::x";

interface Inputs {
  name: string;
  token: string;
}

const silent = () => () => Promise.resolve();
const received: unknown[] = [];
const handler: Handler<Inputs, Inputs> = {
  schema: z.strictObject({ name: z.string().min(3, "is too short"), token: z.string() }),
  secrets: ["token"],
  prepare: async (inputs, _old, say) => {
    await say("info", `prepared ${inputs.name}`);
    return { ...inputs, token: inputs.token === UNKNOWN ? UNKNOWN : `concealed ${inputs.token.length}` };
  },
  diff: (_id, old, news) => Promise.resolve({ changes: old.name !== news.name, replaces: [] }),
  create: (inputs) => {
    received.push(inputs);
    return Promise.resolve({ id: inputs.name, outputs: inputs });
  },
  update: (_id, _old, news) => Promise.resolve(news),
  delete: () => Promise.resolve(),
};
const said: string[] = [];
const served = dispatch(
  "0.1.0",
  { "zot-access:index:Thing": erased(handler) },
  (about) => (severity, text) => {
    said.push(`${severity} ${about}: ${text}`);
    return Promise.resolve();
  },
);

// Pulumi's own interface has `any` where the engine's property values travel.
async function checked(news: unknown): Promise<unknown> {
  return ((await served.check?.(urn, {}, news)) as { inputs?: unknown; failures?: unknown }).inputs;
}

test("a handler's secret outputs are marked as secret, and are plain inside", async () => {
  const inputs = await checked({ name: "abc", token: secret("t0ken") });
  expect(inputs).toEqual({ name: "abc", token: secret("concealed 5") });
  expect(await served.create?.(urn, inputs)).toMatchObject({
    outs: { name: "abc", token: secret("concealed 5") },
  });
  expect(received).toEqual([{ name: "abc", token: "concealed 5" }]);
});

test("it can be started by a function that does nothing, and has no other", async () => {
  expect(await served.invoke?.(START, {})).toEqual({ outputs: {} });
  await expect(served.invoke?.("zot-access:index:other", {})).rejects.toThrow("zot-access:index:other");
});

test("in a list, only the secret elements are marked", async () => {
  const nested = dispatch(
    "1",
    {
      "zot-access:index:Thing": erased({
        ...handler,
        schema: z.strictObject({ former: z.array(z.strictObject({ user: z.string(), key: z.string() })) }),
        secrets: ["former.*.key"],
        prepare: (inputs: object) => inputs,
      }),
    },
    silent,
  );
  const check = (former: unknown) => nested.check?.(urn, {}, { former });
  const former = [
    { user: "zot-ci", key: "k1" },
    { user: "zot-ci", key: "k2" },
  ];
  // The program marks lists as a whole: an output that holds a secret is one.
  expect(await check(secret(former))).toEqual({
    inputs: { former: former.map(({ user, key }) => ({ user, key: secret(key) })) },
  });
  expect(await check(UNKNOWN)).toEqual({ inputs: { former: UNKNOWN } });
});

test("a bad input is refused by its property, before anything is made", async () => {
  expect(await served.check?.(urn, {}, { name: "a", token: secret("t") })).toEqual({
    failures: [{ property: "name", reason: "is too short" }],
  });
});

test("an input that is not known yet is not judged, and differs from what is known", async () => {
  const news = { name: UNKNOWN, token: "t" };
  expect(await checked(news)).toEqual({ name: UNKNOWN, token: secret("concealed 1") });
  expect(await served.diff?.("abc", urn, { name: "abc", token: "t" }, news)).toMatchObject({ changes: true });
});

test("known inputs beside an unknown one are checked, and masked", async () => {
  expect(await served.check?.(urn, {}, { name: "a", token: UNKNOWN })).toEqual({
    failures: [{ property: "name", reason: "is too short" }],
  });
});

test("a handler's messages reach the user under its resource", async () => {
  await checked({ name: "abc", token: "t" });
  expect(said.at(-1)).toBe(`info ${urn}: prepared abc`);
});

test("a deleted object has an empty id, which removes it from the state", async () => {
  const gone = dispatch(
    "1",
    { "zot-access:index:Thing": erased({ ...handler, read: () => Promise.resolve(undefined) }) },
    silent,
  );
  expect(await gone.read?.("abc", urn, { name: "abc", token: "t" })).toEqual({ id: "", props: {} });
});

test("an import of unreadable state is refused with a reason", async () => {
  await expect(served.read?.("abc", urn, {})).rejects.toThrow("cannot be imported");
});

test("an adoptable resource is read with its inputs, which the engine needs for an import", async () => {
  const adopting = {
    ...handler,
    adopt: (id: string) => ({ id: `own ${id}`, outputs: { name: id, token: "t" } }),
  };
  const found = await dispatch("1", { "zot-access:index:Thing": erased(adopting) }, silent).read?.(
    "abc",
    urn,
    {},
  );
  const properties = { name: "abc", token: secret("t") };
  expect(found).toEqual({ id: "own abc", props: properties, inputs: properties });
});

test("an undefined output is left out, since the wire has no form for it", async () => {
  const handled = {
    ...handler,
    create: () =>
      Promise.resolve({ id: "x", outputs: { name: "abc", token: undefined as unknown as string } }),
  };
  const made = await dispatch("1", { "zot-access:index:Thing": erased(handled) }, silent).create?.(urn, {
    name: "abc",
  });
  expect(made).toEqual({ id: "x", outs: { name: "abc" } });
});

test("an unknown type is named", async () => {
  await expect(served.create?.("urn:pulumi:s::p::zot-access:index:Other::x", {})).rejects.toThrow(
    "no resource type zot-access:index:Other",
  );
});
