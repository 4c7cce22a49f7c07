import { renderFiles, sameBytes } from "../../../systems/host/files";
import { changesSince, compareHost } from "../../../systems/host/drift";
import { sha256 } from "../../../systems/host/revision";
import type { HostState } from "../../../systems/host/types";
import { credentialForms, renderCredentials } from "../../../systems/zot/config";
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
  expect(compare({})).toEqual({ inSync: true, generation: "the-hosts-own", report: [], warnings: [] });
});

test("a host that cannot be asked: the settings' changes since the last deploy show, and nothing where there are none", () => {
  const deployed = renderFiles(layout(), desired()).config;
  expect(changesSince(deployed, desired({ writers: ["workloads", "builders"] }))).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^--- config.json\s+as last deployed$/),
      expect.stringMatching(/^\+ +"builders"$/),
    ]),
  );
  expect(changesSince(deployed, desired({ secret: "another" }))).toEqual([]);
  expect(changesSince(undefined, desired())).toEqual([]);
});

test("a registry that does not answer is not said to obey other rules, too", () => {
  expect(compare({ serving: false, inForce: false }).report).toEqual(["not serving"]);
});

test("what changes by itself is no drift", () => {
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
  ["a deploy that was cut", { unfinished: true }, "the last deploy was cut before its proof"],
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
  const { report } = compareHost(theirs, desired(), { ...state, fallbackDigest: sha256(files.fallback) });
  expect(report).toEqual([]);
});

test("a config edited by hand is a unified diff from the host to what is desired, without the line that always differs", () => {
  const edited = (inSync().configText ?? "").replace('"admins"', '"everybody"');
  const { report } = compare({ configText: edited });
  expect(report[0]).toMatch(/^--- /);
  expect(report.filter((line) => /^[+-]\s/.test(line))).toEqual([
    expect.stringMatching(/^-\s+"everybody"$/),
    expect.stringMatching(/^\+\s+"admins"$/),
  ]);
});

test("new access rules show as those rules alone", () => {
  const { report } = compareHost(layout(), desired({ writers: ["builders"] }), inSync());
  expect(report.filter((line) => /^[+-]\s/.test(line))).toEqual([
    expect.stringMatching(/^-\s+"workloads"$/),
    expect.stringMatching(/^\+\s+"builders"$/),
  ]);
  expect(report.join("\n")).not.toContain("zot-access/revision-");
});

test("another formatting is not shown as a diff of everything", () => {
  const minified = JSON.stringify(JSON.parse(inSync().configText ?? ""));
  expect(compare({ configText: minified }).report).toEqual([
    "config differs in its formatting or revision alone",
  ]);
});

test("a file that is no config is not shown: nobody knows what it holds", () => {
  const { report } = compare({ configText: "clientsecret = hush\n" });
  expect(report).toContain("-(no JSON)");
  expect(JSON.stringify(report)).not.toContain("hush");
});

test("a secret that somebody wrote into the host's config is masked in the diff", () => {
  const http = { auth: { openid: { providers: { oidc: { clientsecret: "hush" } } } } };
  const { report } = compare({ configText: JSON.stringify({ http, storage: { secretkey: "hush" } }) });
  expect(report.join("\n")).toContain('"clientsecret": "(masked)"');
  expect(JSON.stringify(report)).not.toContain("hush");
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

test("a first deploy says what of the host's config it takes away, and who would bring it back", () => {
  const config = JSON.parse(renderFiles(layout(), desired()).config) as Record<string, object>;
  const storage = { ...config["storage"], gcDelay: "2h" };
  const http = { ...config["http"], auth: { htpasswd: { path: "/etc/htpasswd" } } };
  const configText = JSON.stringify({ ...config, storage, http });
  const { warnings } = compare({ configText, ansibleFiles: "/c/config.json /c/run.sh " });
  expect([...warnings].sort()).toEqual([
    expect.stringContaining("Ansible says that it writes /c/config.json /c/run.sh:"),
    expect.stringContaining("http.auth.htpasswd, which this program decides: it will go"),
    expect.stringContaining(
      "storage.gcDelay, for which there is no setting: it will go, unless zot.extraConfig",
    ),
  ]);
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
