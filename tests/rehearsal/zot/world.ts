import { freePort } from "../../../rehearsal/host/free-port";
import { startIssuer, type TestIssuer } from "../../../rehearsal/service/oidc-issuer";
import { logIn, mint, type Identity } from "./client";
import { CLIENT_SECRET, configIn, startZot, temporaryFolder, type Config, type Running } from "./run-zot";

export interface World {
  folder: string;
  issuer: TestIssuer;
  config: Config;
  zot: Running;
  url: string;
}

/** A registry with its issuer, for all tests of a file. `change` may alter the config first. */
export function world(change: (config: Config) => void = () => undefined): World {
  const folder = temporaryFolder();
  const made = { folder } as World;
  beforeAll(async () => {
    made.issuer = await startIssuer({ clientId: "zot", clientSecret: CLIENT_SECRET });
    made.config = configIn(folder, await freePort(), made.issuer);
    change(made.config);
    made.zot = await startZot(folder, made.config);
    made.url = made.zot.url;
  });
  afterAll(async () => {
    await made.zot.stop();
    await made.issuer.stop();
  });
  return made;
}

/** Somebody who logged in with these groups, and has a key. */
export async function identity(
  { url, issuer }: World,
  username: string,
  groups: string[],
): Promise<Identity> {
  issuer.user = { sub: username, preferred_username: username, groups };
  const { cookie } = await logIn(url);
  const { json } = await mint(url, { cookie });
  return { username, key: json.apiKey as string };
}
