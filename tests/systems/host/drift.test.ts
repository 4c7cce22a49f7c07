import { renderFiles, sameBytes } from "../../../systems/host/files";
import { HostDangerError } from "../../../systems/host/dangers";
import { changesSince, compareHost } from "../../../systems/host/drift";
import { sha256 } from "../../../systems/host/revision";
import type { HostState } from "../../../systems/host/types";
import { KINDS } from "../../../systems/zot/config/consequences";
import { credentialForms, renderCredentials } from "../../../systems/zot/config/render";
import { desired, layout } from "./support/example";

/** What a probe sees right after a deploy. */
function inSync(wanted = desired()): HostState {
  const files = renderFiles(layout(), wanted);
  return {
    zotVersion: "2.1.20",
    runningVersion: "2.1.20",
    configText: files.config,
    credentialsDigest: sha256(files.credentials),
    credentialsMode: "600",
    fallbackDigest: sha256(files.fallback),
    launcherDigest: sha256(files.launcher),
    launcherSettingsDigest: sha256(files.launcherEnv),
    serviceDigest: sha256(files.service),
    generation: "the-hosts-own",
    runs: 3,
    unfinished: false,
    serving: true,
    inForce: true,
    mode: "full",
    clockSkewSeconds: 0,
  };
}
const compare = (change: Partial<HostState>) => compareHost(layout(), desired(), { ...inSync(), ...change });

test("no drift: the host's own token, so that no input of the resource changes", () => {
  expect(compare({})).toEqual({
    inSync: true,
    generation: "the-hosts-own",
    consequences: [],
    diff: [],
    report: [],
    warnings: [],
  });
});

test("with an unreachable host, only settings changed since the last deploy show", () => {
  const deployed = renderFiles(layout(), desired()).config;
  expect(changesSince(deployed, desired({ writers: ["workloads", "builders"] }))).toEqual([
    expect.stringMatching(/^- http.accessControl.repositories."\*\*".policies: .*\["workloads"\]/),
    expect.stringMatching(
      /^\+ http.accessControl.repositories."\*\*".policies: .*\["workloads", "builders"\]/,
    ),
  ]);
  expect(changesSince(deployed, desired({ secret: "another" }))).toEqual([]);
  expect(changesSince(undefined, desired())).toEqual([]);
});

test("a registry that does not answer is not also reported for other rules", () => {
  expect(compare({ serving: false, inForce: false }).report).toEqual(["not serving"]);
});

test("values that change by themselves are no drift", () => {
  expect(compare({ runs: 17, clockSkewSeconds: 2, mode: "fallback" }).inSync).toBe(true);
});

test.each<[string, Partial<HostState>, string]>([
  ["other credentials", { credentialsDigest: sha256("x") }, "credentials differ"],
  [
    "credentials that others may read",
    { credentialsMode: "644" },
    "credentials have mode 644 instead of 600",
  ],
  ["another service definition", { serviceDigest: sha256("x") }, "service differs"],
  ["another launcher", { launcherDigest: sha256("x") }, "launcher differs"],
  ["a launcher with other settings", { launcherSettingsDigest: sha256("x") }, "launcher settings differ"],
  ["another fallback", { fallbackDigest: sha256("x") }, "fallback config differs"],
  ["a registry that does not answer", { serving: false }, "not serving"],
  ["a registry that still obeys other rules", { inForce: false }, "the config on the host is not in force"],
  ["a deploy that was cut", { unfinished: true }, "the last deploy was interrupted before its proof"],
  [
    "a new binary that is not running",
    { runningVersion: "2.1.19" },
    "zot 2.1.19 is running, but the binary is 2.1.20 now",
  ],
  [
    "another zot than expected",
    { zotVersion: "2.1.19", runningVersion: "2.1.19" },
    "zot on the host is 2.1.19 instead of 2.1.20",
  ],
])("%s is drift, and says so", (_, change, line) => {
  const { inSync: same, report, generation } = compare(change);
  expect(same).toBe(false);
  expect(report).toEqual([line]);
  expect(generation).not.toBe("the-hosts-own");
});

test.each(["credentialsDigest", "serviceDigest", "configText", "generation"] as const)(
  "a host without %s is drift",
  (name) => {
    const { [name]: _, ...rest } = inSync();
    expect(compareHost(layout(), desired(), rest).inSync).toBe(false);
  },
);

test("a service that another tool owns is not compared", () => {
  const theirs = { ...layout(), service: { ...layout().service, manage: false } as const };
  const files = renderFiles(theirs, desired());
  const { serviceDigest: _, ...state } = { ...inSync(), configText: files.config };
  const digests = {
    fallbackDigest: sha256(files.fallback),
    launcherSettingsDigest: sha256(files.launcherEnv),
  };
  const { report } = compareHost(theirs, desired(), { ...state, ...digests });
  expect(report).toEqual([]);
});

test("a config edited by hand shows what differs alone, from the host to what is desired", () => {
  const edited = (inSync().configText ?? "").replace('"admins"', '"everybody"');
  const { consequences, diff } = compareHost(
    layout(),
    { ...desired(), allow: ["loseRights", "dropAdmins"] },
    { ...inSync(), configText: edited },
  );
  expect(consequences).toEqual([
    "group everybody can no longer push new tags, overwrite tags and delete everywhere",
    "group admins can now push new tags, overwrite tags and delete everywhere",
  ]);
  expect(diff).toEqual([
    expect.stringMatching(/^- http.accessControl.repositories."\*\*".policies: \{"groups": \["everybody"\]/),
    expect.stringMatching(/^\+ http.accessControl.repositories."\*\*".policies: \{"groups": \["admins"\]/),
  ]);
});

test("new access rules show as those rules alone", () => {
  const { diff } = compareHost(
    layout(),
    { ...desired({ writers: ["builders"] }), allow: ["loseRights"] },
    inSync(),
  );
  expect(diff).toEqual([
    expect.stringMatching(/^- .*"workloads"/),
    expect.stringMatching(/^\+ .*"builders"/),
  ]);
});

test("before the client is known, an unchanged config shows no difference", () => {
  // Its revision follows from the credentials, which differ then.
  const { consequences, diff } = compareHost(layout(), desired({ secret: "not known yet" }), inSync());
  expect([consequences, diff]).toEqual([[], []]);
});

test("another formatting is not shown as a diff of everything", () => {
  const minified = JSON.stringify(JSON.parse(inSync().configText ?? ""));
  const { diff, report } = compare({ configText: minified });
  expect([diff, report]).toEqual([[], ["config differs in its formatting or revision alone"]]);
});

test("a file that is no config is not shown: its content is unknown", () => {
  const { diff, report } = compare({ configText: "clientsecret = hush\n" });
  expect(report).toEqual(["the config on the host cannot be read"]);
  expect(JSON.stringify([diff, report])).not.toContain("hush");
});

test("a config in YAML is read as zot reads it, and what its folders hold is not left behind", () => {
  const yaml = "Storage: {rootDirectory: /srv/other}\nhttp: {port: 5050, address: 127.0.0.1}\n";
  expect(() => compare({ configText: yaml, configFile: `${layout().configFolder}/config.yaml` })).toThrow(
    /\/srv\/other.*moveStorage/s,
  );
});

test("secrets that stand in the host's config are in no line that is shown", () => {
  const configText = JSON.stringify({
    http: { auth: { openid: { providers: { github: { clientsecret: "hush" } } } }, port: "5050" },
    storage: { rootDirectory: "/home/zot/data", cacheDriver: { url: "redis://u:hush@db?key=hush" } },
    extensions: {
      events: { sinks: [{ headers: { Authorization: "Bearer hush" }, address: "nats://hush:hush@n" }] },
    },
  });
  const allow = [...KINDS];
  const { consequences, diff, report, warnings } = compareHost(
    layout(),
    { ...desired(), allow },
    { ...inSync(), configText },
  );
  expect(diff.join("\n")).toContain("redis://(masked)@db?key=(masked)");
  expect(JSON.stringify([consequences, diff, report, warnings])).not.toContain("hush");
  expect(() => compare({ configText })).toThrow(HostDangerError);
  expect(() => compare({ configText })).not.toThrow(/hush/);
});

test("a config that holds a secret is the owner's alone", () => {
  const wanted = desired({
    base: { extensions: { events: { sinks: [{ credentials: { password: "hush" } }] } } },
  });
  const state = { ...inSync(wanted), configMode: "644" };
  expect(compareHost(layout(), wanted, state).report).toEqual([
    "the config holds a secret and has mode 644 instead of 600",
  ]);
  expect(compare({ configMode: "644" }).report).toEqual([]);
});

test("no report holds the secret", () => {
  const { configText: _, ...bare } = inSync();
  expect(JSON.stringify(compareHost(layout(), desired({ secret: "hush" }), bare))).not.toContain("hush");
});

test("the token is another one after each run, so that a failed update is tried again even where SSH says success", () => {
  const down = { serving: false };
  expect(compare(down).generation).toBe(compare({ ...down, clockSkewSeconds: 1 }).generation);
  expect(compare({ ...down, runs: 4 }).generation).not.toBe(compare(down).generation);
});

test("a clock that is off, and a zot without logins, are warned of", () => {
  expect(compare({ clockSkewSeconds: -3600 }).warnings).toEqual([expect.stringContaining("-3600 s off")]);
  expect(compare({ mode: "fallback" }).warnings).toEqual([expect.stringContaining("runs without logins")]);
});

test("a first deploy that removes rights is refused unless allowed, and names what would restore them", () => {
  const config = JSON.parse(desired().config) as Record<string, object>;
  const storage = { ...config["storage"], gcDelay: "2h" };
  const http = { ...config["http"], auth: { htpasswd: { path: "/etc/htpasswd" } } };
  const state = {
    ...inSync(),
    configText: JSON.stringify({ ...config, storage, http }),
    ansibleFiles: "/c/config.json /c/run.sh ",
  };
  expect(() => compareHost(layout(), desired(), state)).toThrow(
    /htpasswd.*\[loseLogins\].*gcDelay.*\[loseSettings\]/s,
  );
  const { warnings } = compareHost(layout(), { ...desired(), allow: ["loseLogins", "loseSettings"] }, state);
  expect(warnings).toEqual([expect.stringContaining("Ansible manages /c/config.json /c/run.sh,")]);
});

test("credentials that say the same in another form stay byte for byte", () => {
  const secret = { clientId: "zot", clientSecret: "s3cret" };
  const byAnsible = '{\n    "clientid": "zot",\n    "clientsecret": "s3cret"\n}';
  expect(sameBytes(credentialForms(secret), sha256(byAnsible))).toBe(byAnsible);
  expect(
    sameBytes(credentialForms(secret), sha256('{"clientid": "zot", "clientsecret": "s3cret"}\n')),
  ).toContain('": "');
  expect(sameBytes(credentialForms(secret), sha256("another"))).toBe(renderCredentials(secret));
  expect(sameBytes(credentialForms(secret), undefined)).toBe(renderCredentials(secret));
});
