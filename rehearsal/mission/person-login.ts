import { z } from "zod";
import { Browser, type Page } from "../../systems/authentik/browser";
import { postAnswer } from "../../systems/authentik/flow";
import { openSession } from "../../systems/authentik/login";
import type { SecondFactor, Totp } from "./second-factor";

export interface Person {
  readonly authentikUrl: string;
  readonly username: string;
  readonly password: string;
  readonly secondFactor: SecondFactor;
}

const FLOW = "default-authentication-flow";
/** By which Authentik's own pages set up codes by time. */
const SET_UP = "default-authenticator-totp-setup";
/** A code that is still good may be half a minute away. */
const PATIENCE_MS = 120_000;
const MAX_STEPS = 10;

const challenge = z.looseObject({ component: z.string(), config_url: z.string().optional() });
type Challenge = z.output<typeof challenge>;

/**
 * Logs a person in as a browser would: Authentik's default flow with its second factor, then zot's login.
 *
 * @returns the Cookie header of zot's session.
 */
export async function logInPerson({
  registryUrl,
  ...person
}: Person & { readonly registryUrl: string }): Promise<string> {
  const registry = new URL(`${registryUrl}/`);
  const { authentik, browser } = open(person, registry);
  await pass(browser, authentik, FLOW, person);
  return openSession(browser, authentik, registry, person.username);
}

/** Has a person set up codes by time, in the login where Authentik asks for it there, else by the flow of its pages. */
export async function enrol(person: Person & { readonly secondFactor: Totp }): Promise<void> {
  const { authentik, browser } = open(person);
  await pass(browser, authentik, FLOW, person);
  if (!person.secondFactor.isSetUp) await pass(browser, authentik, SET_UP, person);
}

function open({ authentikUrl }: Person, ...others: URL[]): { authentik: URL; browser: Browser } {
  const authentik = new URL(`${authentikUrl}/`);
  return {
    authentik,
    browser: new Browser(
      [authentik, ...others].map(({ origin }) => origin),
      PATIENCE_MS,
    ),
  };
}

async function pass(browser: Browser, authentik: URL, flow: string, person: Person): Promise<void> {
  const executor = new URL(`api/v3/flows/executor/${flow}/?query=`, authentik);
  const headers = { Accept: "application/json" };
  let page = await browser.get(executor, headers);
  for (let step = 0; step < MAX_STEPS; step++) {
    if (page.location) {
      page = await browser.get(page.location, headers);
      continue;
    }
    const asked = challengeOf(page, flow);
    if (asked.component === "xak-flow-redirect") return;
    page = await postAnswer(browser, executor, await answerTo(asked, flow, person));
  }
  throw new Error(`${person.username} did not get through ${flow}`);
}

function challengeOf({ body, status }: Page, flow: string): Challenge {
  if (status === 404)
    throw new Error(`Authentik has no flow ${flow}, which people of the rehearsal go through`);
  return challenge.parse(JSON.parse(body));
}

async function answerTo(
  { component, config_url: configUrl }: Challenge,
  flow: string,
  { username, password, secondFactor }: Person,
): Promise<object> {
  switch (component) {
    case "ak-stage-identification":
      return { component, uid_field: username, password };
    case "ak-stage-password":
      return { component, password };
    case "ak-stage-authenticator-totp":
      secondFactor.learn(configUrl ?? "");
      return { component, code: await secondFactor.code() };
    case "ak-stage-authenticator-validate":
      return { component, code: await secondFactor.code() };
    case "ak-stage-user-login":
      return { component, remember_me: false };
    default:
      throw new Error(`${flow} asks ${username} for ${component}`);
  }
}
