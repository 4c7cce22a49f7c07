import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withHtpasswd } from "../../../commands/conform/htpasswd";
import { LISTEN, LOG, serve, temporaryFolder, versionOf } from "../../../commands/conform/process";
import { startIssuer } from "../../../rehearsal/service/oidc-issuer";
import { zotOf } from "../../../rehearsal/zot/flavours";
import { RELEASES } from "../../../rehearsal/zot/version";
import type { Side } from "../ask";
import { ZOT_DIGESTS, ZOT_FACTS } from "../facts/zot";
import { KNOWN_OF_ZOT, NEVER_OF_ZOT, UNASKED_OF_ZOT } from "../facts/known";
import type { ComparedSystem } from "../system";
import { newestUpTo } from "./releases";
import { ZOT_ROUTES } from "./zot-routes";

const CLIENT = { clientId: "zot", clientSecret: "conform" };
const READ = ["read"];
const ALL = ["read", "create", "update", "delete"];
const open = { anonymousPolicy: READ, defaultPolicy: READ, policies: [{ groups: ["admins"], actions: ALL }] };

/** Everything that the program makes use of, and nothing that depends on where it runs. */
function configIn(folder: string, issuer: string): object {
  const credentialsFile = join(folder, "oidc-credentials.json");
  writeFileSync(
    credentialsFile,
    JSON.stringify({ clientid: CLIENT.clientId, clientsecret: CLIENT.clientSecret }),
    { mode: 0o600 },
  );
  return {
    distSpecVersion: "1.1.1",
    storage: { rootDirectory: join(folder, "data"), gc: false },
    http: {
      ...LISTEN,
      externalUrl: "https://registry.example.org",
      auth: {
        ...(withHtpasswd(folder).auth as object),
        apikey: true,
        secureSession: true,
        openid: {
          providers: {
            oidc: {
              credentialsFile,
              issuer,
              scopes: ["openid", "profile"],
              claimMapping: { username: "preferred_username" },
            },
          },
        },
      },
      accessControl: {
        groups: { admins: { users: ["ada"] } },
        repositories: {
          "**": open,
          "closed/**": { policies: [{ users: ["ci"], actions: ["read", "create"] }] },
        },
        metrics: { users: ["ada"] },
      },
    },
    log: LOG,
    extensions: { metrics: { enable: true, prometheus: { path: "/metrics" } } },
  };
}

/** A zot of its own on loopback, with an issuer that logs everybody in; nothing is left of them. */
async function started(binary: string, name: string, flavour: string) {
  const { folder, remove } = temporaryFolder("zot-conform-");
  const issuer = await startIssuer(CLIENT);
  const tidy = async () => {
    await issuer.stop();
    remove();
  };
  try {
    mkdirSync(join(folder, "data"));
    const config = join(folder, "config.json");
    writeFileSync(config, JSON.stringify(configIn(folder, issuer.issuer)), { mode: 0o600 });
    const zot = await serve(binary, config);
    const side: Side = {
      name,
      url: zot.url,
      base: "/",
      authorization: "",
      flavour,
      headers: HEADERS,
      behindTls: true,
    };
    const known = { ...ZOT_DIGESTS, issuer: new URL(issuer.issuer).origin };
    return { side, known, stop: () => zot.stop().then(tidy) };
  } catch (error) {
    await tidy();
    throw error;
  }
}

/** Those that clients of a registry read. */
const HEADERS = [
  "access-control-allow-credentials",
  "access-control-allow-headers",
  "access-control-allow-methods",
  "access-control-allow-origin",
  "content-range",
  "docker-content-digest",
  "docker-distribution-api-version",
  "link",
  "oci-filters-applied",
  "oci-subject",
  "oci-tag",
  "range",
  "set-cookie",
];

export const ZOT_COMPARED: ComparedSystem = {
  name: "zot",
  option: "zot",
  facts: ZOT_FACTS,
  known: KNOWN_OF_ZOT,
  never: NEVER_OF_ZOT,
  unasked: UNASKED_OF_ZOT,
  flavours: RELEASES,
  async open(binary) {
    const version = await versionOf(binary);
    const flavour = newestUpTo(version, RELEASES);
    return { server: "zot", version, ...(await started(binary, `zot ${version}`, flavour)) };
  },
  async standIn(flavour) {
    const { folder, remove } = temporaryFolder("zot-stand-in-");
    const release = RELEASES.find((each) => each === flavour);
    try {
      const { stop, ...running } = await started(zotOf(release, folder), "the stand-in", flavour);
      return {
        ...running,
        routes: ZOT_ROUTES,
        stop: () => stop().then(remove),
      };
    } catch (error) {
      remove();
      throw error;
    }
  },
  // It is a zot of the comparison's own, and goes with it.
  cleanUp: () => Promise.resolve([]),
};
