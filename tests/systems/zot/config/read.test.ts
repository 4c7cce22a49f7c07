import { accessControlOf } from "../../../../systems/zot/config/access-control";
import {
  canonical,
  ConfigTextError,
  flagAt,
  parseConfig,
  repeatedNames,
  textAt,
  textsAt,
  valueAt,
} from "../../../../systems/zot/config/read";

const json = (value: unknown) => parseConfig(JSON.stringify(value), "json");

test("reads JSON and YAML as the same config", () => {
  const yaml = [
    "http: &http",
    "  port: 5000",
    "  Auth: {apikey: true}",
    "other:",
    "  <<: *http",
    "8: x",
  ].join("\n");
  expect(parseConfig(yaml, "yaml")).toEqual({
    http: { port: 5000, Auth: { apikey: true } },
    other: { port: 5000, Auth: { apikey: true } },
    8: "x",
  });
});

test("of several documents of YAML zot reads the first one alone", () => {
  expect(parseConfig("---\nhttp: {port: 5000}\n---\nhttp: {port: 6000}\n", "yaml")).toEqual({
    http: { port: 5000 },
  });
  expect(() => parseConfig("", "yaml")).toThrow("is not a map of zot's settings");
});

test.each([
  ["json", '{"password": "hunter2" oops}'],
  ["yaml", "password: hunter2\n  x: [hunter2"],
  ["yaml", "a: hunter2\na: twice"],
  ["json", '["hunter2"]'],
] as const)("refuses a text that is no config in %s, without showing it", (format, text) => {
  expect(() => parseConfig(text, format)).toThrow(ConfigTextError);
  expect(() => parseConfig(text, format)).not.toThrow(/hunter2/);
});

test("finds a value whatever the case of the names", () => {
  const config = json({ HTTP: { Port: 5000, Auth: { ApiKey: "true" } } });
  expect(textAt(config, "http", "port")).toBe("5000");
  expect(flagAt(config, "http", "auth", "apikey")).toBe(true);
  expect(valueAt(config, "http", "tls")).toBeUndefined();
});

test("lowers names below lists too, keeps values, and takes null for left out", () => {
  const config = json({
    Extensions: { Sync: { Registries: [{ URLs: ["https://Example.org"], TLSVerify: null }] } },
  });
  expect(canonical(config)).toEqual({
    extensions: { sync: { registries: [{ urls: ["https://Example.org"] }] } },
  });
});

test("names duplicate keys of one map", () => {
  const config = json({ http: { Port: 1, port: 2, accessControl: {} }, list: [{ a: 1, A: 2 }] });
  expect(repeatedNames(config)).toEqual([
    ["http", "port"],
    ["list", "0", "A"],
  ]);
});

test("reads access rules in any case, a text as a list of one, and conditions", () => {
  const control = accessControlOf(
    json({
      Http: {
        AccessControl: {
          Repositories: {
            "Team/**": {
              AnonymousPolicy: "read",
              DefaultPolicy: [],
              Policies: [
                {
                  Users: ["Alice"],
                  Actions: ["create"],
                  Conditions: [{ expression: "req.tag != ''", message: "no" }],
                },
              ],
            },
            "empty/**": {},
          },
          AdminPolicy: { Groups: ["admins"], Actions: ["delete"] },
          Groups: { Robots: { Users: ["r2d2"] } },
          Metrics: { Users: [""] },
        },
      },
    }),
  );
  expect(control).toEqual({
    repositories: {
      "team/**": {
        anonymousPolicy: ["read"],
        defaultPolicy: [],
        policies: [{ users: ["Alice"], actions: ["create"], conditions: ["req.tag != ''"] }],
      },
      "empty/**": {},
    },
    adminPolicy: { groups: ["admins"], actions: ["delete"] },
    groups: { robots: { users: ["r2d2"] } },
    metrics: { users: [""] },
  });
  expect(accessControlOf({ http: {} })).toBeUndefined();
  expect(textsAt(control, "none")).toEqual([]);
});
