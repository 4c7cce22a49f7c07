import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpsServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { judgeClock } from "../../../commands/verify/checks/clock";
import { lookAtCluster } from "../../../commands/verify/checks/cluster";
import { judgeKey } from "../../../commands/verify/checks/credential";
import { lookAtIssuer } from "../../../commands/verify/checks/issuer";
import { judgeRedirect, lookAtLogin } from "../../../commands/verify/checks/login";
import { lookAtPullThrough } from "../../../commands/verify/checks/pull-through";
import { lookAtHost } from "../../../commands/verify/checks/services";
import { judgeTls, lookAtTls } from "../../../commands/verify/checks/tls";
import { askForVersion, judgeVersion } from "../../../commands/verify/checks/version";
import type { ApiKeyInfo } from "../../../systems/zot/client";
import { startIssuer, type TestIssuer } from "../../../rehearsal/service/oidc-issuer";
import { CERTIFICATE, PRIVATE_KEY } from "../../../rehearsal/host/certificate";
import { type Answers, startAnswers } from "./answers";

// The issuer's key pair takes seconds to make on a busy machine.
const DAY_MS = 86_400_000;
const NOW = new Date("2026-06-01T12:00:00Z");
const days = (count: number) => new Date(NOW.getTime() + count * DAY_MS);

describe("TLS", () => {
  let server: Server;
  const address = () => `https://localhost:${(server.address() as AddressInfo).port}`;
  beforeAll(async () => {
    server = createHttpsServer({ key: PRIVATE_KEY, cert: CERTIFICATE }, (_, response) => response.end());
    await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  test("an untrusted chain is wrong; with its authority known it is right", async () => {
    const look = (ca?: string) => lookAtTls(address(), { timeoutMs: 60_000, now: NOW, ...(ca && { ca }) });
    const stranger = await look();
    expect(stranger).toMatchObject({ status: "wrong" });
    expect(stranger.todo).toContain("NODE_EXTRA_CA_CERTS");
    expect(await look(CERTIFICATE)).toMatchObject({ status: "ok" });
  });

  const shown = {
    protocol: "TLSv1.3",
    distrust: undefined,
    issuer: "R11",
    validFrom: days(-60),
    validTo: days(30),
  };
  test.each([
    [{}, "ok", "(30 days)"],
    [{ validTo: days(13) }, "warning", "(13 days)"],
    [{ validTo: days(-1) }, "wrong", "until 2026-05-31"],
    [{ validFrom: days(1) }, "wrong", "R11"],
  ])("%j is %s", (differing, status, found) => {
    const finding = judgeTls({ ...shown, ...differing }, NOW);
    expect(finding.status).toBe(status);
    expect(finding.found).toContain(found);
  });

  test("plain HTTP is accepted on loopback alone; a server without TLS is reported", async () => {
    const options = { timeoutMs: 60_000, now: NOW };
    expect((await lookAtTls("http://127.0.0.1:5000", options)).status).toBe("not asked");
    expect((await lookAtTls("http://registry.example.org", options)).status).toBe("warning");
    await expect(lookAtTls("https://127.0.0.1:9", options)).rejects.toThrow("no TLS at 127.0.0.1:9");
  });
});

describe("the issuer", () => {
  let issuer: TestIssuer;
  beforeAll(async () => (issuer = await startIssuer({ clientId: "zot", clientSecret: "s" })));
  afterAll(() => issuer.stop());

  test("is right when its document names it exactly; without the trailing slash it is wrong", async () => {
    expect(await lookAtIssuer(issuer.issuer, 2000)).toMatchObject({ status: "ok" });
    const bare = await lookAtIssuer(issuer.issuer.replace(/\/$/, ""), 2000);
    expect(bare).toMatchObject({ status: "wrong" });
    expect(bare.means).toContain("trailing slash");
  });

  test("of another application has no document", async () => {
    const other = issuer.issuer.replace("/zot/", "/absent/");
    expect(await lookAtIssuer(other, 2000)).toMatchObject({
      status: "wrong",
      found: expect.stringContaining("404") as string,
    });
  });
});

describe("zot's login", () => {
  const login = {
    registryUrl: "https://registry.example.org",
    issuer: "https://sso.example.org/application/o/zot/",
    clientId: "zot",
    redirectUrls: ["https://registry.example.org/zot/auth/callback/oidc"],
  };
  const location = (changes: Record<string, string> = {}, origin = "https://sso.example.org") =>
    new URL(
      `${origin}/application/o/authorize/?${new URLSearchParams({
        client_id: "zot",
        redirect_uri: login.redirectUrls[0] ?? "",
        state: "secret-state",
        ...changes,
      }).toString()}`,
    );

  test.each([
    ["the settings' own", location(), "ok", "back to https://registry.example.org/zot/auth/callback/oidc"],
    [
      "zot's own address instead of the proxy's",
      location({ redirect_uri: "http://127.0.0.1:5050/zot/auth/callback/oidc" }),
      "wrong",
      "http://127.0.0.1:5050",
    ],
    ["another client", location({ client_id: "old" }), "wrong", "client old"],
    ["another issuer", location({}, "https://old-sso.example.org"), "wrong", "old-sso.example.org"],
  ])("%s", (_, url, status, found) => {
    const finding = judgeRedirect(url, login);
    expect(finding.status).toBe(status);
    expect(finding.found).toContain(found);
    expect(JSON.stringify(finding)).not.toContain("secret-state");
  });

  test("404 is the fallback config, not a broken registry", async () => {
    const answers = await startAnswers({});
    const finding = await lookAtLogin({ ...login, registryUrl: answers.url }, 60_000);
    await answers.stop();
    expect(finding.means).toContain("fallback config");
  });
});

test.each([
  [1, "ok"],
  [-50, "ok"],
  [120, "warning"],
  [-400, "wrong"],
])("a clock that is %i s off is %s", (seconds, status) => {
  expect(judgeClock(new Date(NOW.getTime() + seconds * 1000), NOW).status).toBe(status);
});

describe("zot's version", () => {
  let answers: Answers | undefined;
  afterEach(() => answers?.stop());

  test.each([
    ["its release tag", { "/v2/_zot/ext/mgmt": { releaseTag: "v2.1.19", commit: "abc" } }, "2.1.19"],
    [
      "a build between releases",
      { "/v2/_zot/ext/mgmt": { releaseTag: "", commit: "v2.1.20-3-gabcdef0" } },
      "2.1.20",
    ],
    [
      "its metrics",
      { "/metrics": 'zot_info{binaryType="x",commit="v2.1.18-0-g1234567",version="1.1.1"} 0' },
      "2.1.18",
    ],
    ["nothing", {}, undefined],
  ])("is told by %s", async (_, bodies, version) => {
    answers = await startAnswers(bodies);
    expect((await askForVersion(answers.url, 2000)).version).toBe(version);
  });

  test.each([
    ["2.1.20", "2.1.20", "ok", "no known weakness"],
    ["2.1.18", "2.1.18", "warning", "2.1.18"],
    ["2.1.14", "2.1.14", "wrong", "2.1.14"],
    ["2.1.20", "2.1.19", "warning", "was written for 2.1.19"],
    [undefined, "2.1.20", "ok", "as of the last deploy"],
    [undefined, undefined, "warning", "does not report"],
  ])("live %s, deployed %s: %s", (version, deployed, status, found) => {
    const finding = judgeVersion({ version, toldBy: "its metrics" }, deployed);
    expect(finding.status).toBe(status);
    expect(finding.found).toContain(found);
  });
});

describe("CI's key", () => {
  const key = (changes: Partial<ApiKeyInfo> = {}): ApiKeyInfo => ({
    uuid: "now",
    label: "zot-access/prod/zot-ci",
    createdAt: days(-10).toISOString(),
    expiresAt: days(80).toISOString(),
    isExpired: false,
    ...changes,
  });
  const inUse = { uuid: "now", label: "zot-access/prod/zot-ci" };
  test.each<[string, ApiKeyInfo[], string, string]>([
    ["young", [key()], "ok", "(80 days), last used never"],
    ["with the one that it replaced", [key(), key({ uuid: "old" })], "ok", "and 1 that it replaced"],
    [
      "beside another stack's",
      [key(), key({ uuid: "x", label: "zot-access/other/zot-ci" })],
      "ok",
      "used never",
    ],
    ["overdue", [key({ createdAt: days(-64).toISOString() })], "warning", "expires"],
    ["revoked", [key({ uuid: "other" })], "wrong", "does not list key now"],
    ["endless", [{ ...key(), expiresAt: undefined }], "wrong", "never expires"],
  ])("%s", (_, keys, status, found) => {
    const finding = judgeKey(keys, inUse, { renewAfterDays: 60 }, NOW);
    expect(finding.status).toBe(status);
    expect(finding.found).toContain(found);
  });
});

test("an image that cannot be pulled through is wrong; without one nothing is asked", async () => {
  const answers = await startAnswers({ "/v2/docker.io/library/alpine/manifests/3": {} });
  const look = (image?: string) => lookAtPullThrough(answers.url, image, 2000);
  expect((await look("docker.io/library/alpine:3")).status).toBe("ok");
  expect((await look("docker.io/library/alpine")).found).toBe("docker.io/library/alpine: status 404");
  expect((await look()).status).toBe("not asked");
  await answers.stop();
});

test("a cluster is right when its API server accepts connections, and wrong when it does not or is unknown", async () => {
  const answers = await startAnswers({});
  const folder = mkdtempSync(join(tmpdir(), "kubeconfig-"));
  const file = join(folder, "config");
  const cluster = (name: string, server: string, more: object = {}) => ({
    name,
    cluster: { server, ...more },
  });
  const clusters = [
    cluster("k3s", answers.url),
    cluster("down", "http://127.0.0.1:9"),
    cluster("far", "http://127.0.0.1:9", { "proxy-url": "http://proxy.example.org" }),
  ];
  const contexts = clusters.map(({ name }) => ({ name, context: { cluster: name } }));
  writeFileSync(file, JSON.stringify({ clusters, contexts }));
  const look = (context: string) => lookAtCluster(context, { KUBECONFIG: file });
  expect(await look("k3s")).toEqual({
    status: "ok",
    found: `its API server at ${answers.url} takes connections`,
  });
  expect(await look("down")).toMatchObject({ status: "wrong", found: "http://127.0.0.1:9: ECONNREFUSED" });
  expect(await look("far")).toMatchObject({ status: "not asked" });
  expect(await look("nowhere")).toMatchObject({
    status: "wrong",
    found: expect.stringContaining(file) as string,
  });
  await answers.stop();
  rmSync(folder, { recursive: true });
});

test("the settings decide whether an unreachable host is an error", async () => {
  const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFXlIYrHZ7AMTGTEVOMmvgRu9kB5mBZuGxDAhSfRpnhr";
  const target = { host: "127.0.0.1", port: 9, user: "operator", hostKey };
  expect((await lookAtHost(target, "warn")).status).toBe("warning");
  expect((await lookAtHost(target, "fail")).status).toBe("wrong");
});
