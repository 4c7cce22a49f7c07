import { runInNewContext } from "node:vm";
import { startAuthentik } from "../../../rehearsal/authentik";
import { FLOW_SCRIPT } from "../../../rehearsal/authentik/pages-script";
import { TOKEN } from "./client";
import { Visitor } from "./visitor";

const ANA = { username: "ana", password: "ana's password", mfaCode: "123456" };
const FLOW = "default-authentication-flow";

/** As much of an element as the script of the page uses. */
class Element {
  children: Element[] = [];
  name = "";
  textContent = "";
  onsubmit: ((event: { preventDefault(): void }) => void) | undefined;

  append(...children: Element[]): void {
    this.children.push(...children);
  }
  replaceChildren(): void {
    this.children = [];
  }
  all(): Element[] {
    return [this, ...this.children.flatMap((child) => child.all())];
  }
}

test("a person logs in by the forms that the page draws", async () => {
  const authentik = await startAuthentik({ bootstrapToken: TOKEN, people: [ANA] });
  const visitor = new Visitor(authentik.url);
  const form = new Element();
  const assign = jest.fn();
  const typed: Record<string, string> = { uid_field: "ana", password: ANA.password, code: ANA.mfaCode };
  const fields = () => form.all().flatMap(({ name }) => (name === "" ? [] : [name]));
  runInNewContext(FLOW_SCRIPT, {
    URLSearchParams,
    document: { cookie: "", getElementById: () => form, createElement: () => new Element() },
    location: { pathname: `/if/flow/${FLOW}/`, search: "?next=%2Fhome", assign },
    fetch: async (_url: string, init?: { body: string }) => {
      const query = "next=%2Fhome";
      const challenge = init
        ? await visitor.answer(FLOW, JSON.parse(init.body) as object, query)
        : await visitor.look(FLOW, query);
      return { json: () => Promise.resolve(challenge) };
    },
    FormData: class {
      *[Symbol.iterator]() {
        for (const name of fields()) yield [name, typed[name]];
      }
    },
  });
  const submitOnce = async (expected: string[]) => {
    await until(() => JSON.stringify(fields()) === JSON.stringify(expected));
    form.onsubmit?.({ preventDefault: () => undefined });
  };
  await submitOnce(["uid_field"]);
  await submitOnce(["password"]);
  await submitOnce(["code"]);
  await until(() => assign.mock.calls.length > 0);
  expect(assign).toHaveBeenCalledWith("/home");
  expect(await visitor.whoAmI()).toBe("ana");
  await authentik.stop();
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
