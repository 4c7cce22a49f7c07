import { trial, verifiable } from "../../../systems/host/files";
import { parseConfig } from "../../../systems/zot/config/read";
import { desired } from "./support/example";

/** What people's own configs hold beside the program's parts, in any case. */
const wanted = desired({
  base: {
    Storage: {
      rootDirectory: "/real",
      subPaths: { "/a": { rootDirectory: "/real-a" } },
      cacheDriver: { url: "redis://db" },
    },
    HTTP: {
      Port: 443,
      ratelimit: { rate: 1 },
      tls: { cert: "/c", key: "/k" },
      Auth: {
        htpasswd: { path: "/etc/htpasswd" },
        ldap: { address: "ldap.example.org" },
        failDelay: 5,
        SessionDriver: { name: "redis", url: "redis://sessions" },
        openid: { providers: { github: { credentialsFile: "/etc/github.json", scopes: ["user"] } } },
      },
    },
    extensions: {
      sync: { registries: [{ urls: ["https://upstream.example.org"] }] },
      events: { enable: true },
    },
    cluster: { members: ["a:1", "b:1"], hashKey: "0123456789abcdef" },
    http: undefined,
    storage: undefined,
  },
});

test("a trial touches no real storage, database or other registry, and tries every login", () => {
  const tried = trial(parseConfig(wanted.config, "json"));
  const text = JSON.stringify(tried);
  for (const real of ["/real", "redis://", "upstream.example.org", "a:1", "ratelimit", "failDelay"]) {
    expect(text).not.toContain(real);
  }
  expect(tried).toMatchObject({
    storage: { rootDirectory: "@SET@/trial" },
    HTTP: {
      address: "127.0.0.1",
      Port: "@PORT@",
      tls: { cert: "/c", key: "/k" },
      Auth: { htpasswd: { path: "/etc/htpasswd" }, ldap: { address: "ldap.example.org" } },
    },
  });
});

test("only this program's login is verified with the staged credentials", () => {
  expect(verifiable(parseConfig(wanted.config, "json"))).toMatchObject({
    HTTP: {
      Auth: {
        openid: {
          providers: {
            github: { credentialsFile: "/etc/github.json" },
            oidc: { credentialsFile: "@SET@/oidc-credentials.json" },
          },
        },
      },
    },
  });
});
