import { Browser } from "../../systems/authentik/browser";
import { openSession } from "../../systems/authentik/login";

export interface PersonLogin {
  readonly registryUrl: string;
  readonly authentikUrl: string;
  readonly username: string;
  readonly password: string;
  readonly mfaCode: string;
}

const FLOW = "default-authentication-flow";

/**
 * Logs a person in as a browser would: Authentik's default flow with its second factor, then zot's login.
 *
 * @returns the Cookie header of zot's session.
 */
export async function logInPerson(person: PersonLogin): Promise<string> {
  const authentik = new URL(`${person.authentikUrl}/`);
  const registry = new URL(`${person.registryUrl}/`);
  const browser = new Browser([authentik.origin, registry.origin], 30_000);
  const executor = new URL(`api/v3/flows/executor/${FLOW}/?query=`, authentik);
  let page = await browser.get(executor, { Accept: "application/json" });
  for (let step = 0; step < 10; step++) {
    const { component } = page.location
      ? { component: "" }
      : (JSON.parse(page.body) as { component: string });
    if (component === "xak-flow-redirect") return openSession(browser, authentik, registry, person.username);
    page = page.location
      ? await browser.get(page.location, { Accept: "application/json" })
      : await browser.post(executor, answerTo(component, person), { Accept: "application/json" });
  }
  throw new Error(`${person.username} did not get through ${FLOW}`);
}

function answerTo(component: string, { username, password, mfaCode }: PersonLogin): object {
  switch (component) {
    case "ak-stage-identification":
      return { component, uid_field: username, password };
    case "ak-stage-password":
      return { component, password };
    case "ak-stage-authenticator-validate":
      return { component, code: mfaCode };
    case "ak-stage-user-login":
      return { component, remember_me: false };
    default:
      throw new Error(`${FLOW} asks ${username} for ${component}`);
  }
}
