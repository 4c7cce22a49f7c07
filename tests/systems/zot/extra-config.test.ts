import { extraProblems, lostSections, mergeExtra } from "../../../systems/zot/extra-config";

const rendered = {
  storage: { rootDirectory: "/data", dedupe: true },
  http: { address: "127.0.0.1", auth: { apikey: true }, accessControl: { repositories: {} } },
  extensions: { sync: { enable: true, registries: [] }, ui: { enable: true } },
};

test("what the settings cannot express stands beside what they render, and may change what the program does not decide", () => {
  const extra = { storage: { gcDelay: "2h", dedupe: false }, extensions: { scrub: { enable: true } } };
  expect(mergeExtra(rendered, extra)).toEqual({
    ...rendered,
    storage: { rootDirectory: "/data", dedupe: false, gcDelay: "2h" },
    extensions: { ...rendered.extensions, scrub: { enable: true } },
  });
});

test.each([
  ["rules", { http: { accessControl: { repositories: { "**": { anonymousPolicy: ["create"] } } } } }],
  ["rules in another case", { HTTP: { AccessControl: { adminPolicy: { actions: ["read"] } } } }],
  ["a whole section that holds them", { http: "x" }],
  ["nothing in their place", { http: { accessControl: {} } }],
  ["another way to log in", { http: { auth: { htpasswd: { path: "/etc/htpasswd" } } } }],
  ["the folder of the images", { storage: { rootDirectory: "/elsewhere" } }],
  ["where zot listens", { http: { port: "80" } }],
  ["a path in one name", { "http::auth": { apikey: false } }],
  ["a secret", { storage: { storageDriver: { name: "s3", secretkey: "s3cret" } } }],
])("%s cannot be given, and no value is shown", (_what, extra) => {
  const problems = extraProblems(extra);
  expect(problems).toHaveLength(1);
  expect(() => mergeExtra(rendered, extra)).toThrow("zot.extraConfig");
  expect(JSON.stringify(problems)).not.toContain("s3cret");
});

test("a section of the host's that nothing renders is named by its highest name, but rules, which the diff shows", () => {
  const host = {
    storage: { rootDirectory: "/data", gcDelay: "1h" },
    HTTP: {
      ...rendered.http,
      tls: { cert: "/c" },
      auth: { htpasswd: { path: "/h" } },
      accessControl: { x: 1 },
    },
    extensions: { scrub: { enable: true, interval: "24h" } },
  };
  expect(lostSections(host, rendered)).toEqual([
    { path: "storage.gcDelay", owned: false },
    { path: "HTTP.auth.htpasswd", owned: true },
    { path: "HTTP.tls", owned: false },
    { path: "extensions.scrub", owned: false },
  ]);
  expect(lostSections(undefined, rendered)).toEqual([]);
});
