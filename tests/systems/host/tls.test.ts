import { mkdirSync, readFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { certificateProblems } from "../../../systems/host/tls";
import type { HostLayout, HostState, Service } from "../../../systems/host/types";
import { example, selfSigned } from "./support/certificate";
import { layout } from "./support/example";
import { contain } from "./support/contained";
import { CONTAINED, NEVER_UP } from "./support/world";
import { type ManagedHost, startManagedHost } from "./support/managed-host";

/*
 * zot with TLS of its own: asked by the name in its certificate, which has to be the one of its config, or one that the host trusts.
 */

const NAME = "registry.example.org";
const service: Service = { manager: "systemd", unit: "zot.service", scope: "user", manage: true };

async function withTls(body: (host: ManagedHost, layout: HostLayout, folder: string) => Promise<void>) {
  const host = await startManagedHost(service);
  try {
    const folder = join(host.root, "tls");
    mkdirSync(folder);
    const { cert } = selfSigned(folder, NAME);
    if (CONTAINED) {
      const { container } = await contain(host, "stand-in", "podman");
      container.mounts.push(`${folder}:${folder}`);
    }
    const { port } = new URL(host.layout.loopbackUrl);
    const secure = { loopbackUrl: `https://127.0.0.1:${port}`, tls: { name: NAME, certificate: cert } };
    Object.assign(host.layout, secure);
    await body(host, host.layout, folder);
  } finally {
    await host.stop();
  }
}

/** Status of an anonymous GET, by TLS with that one certificate alone. */
function status(url: string, cert: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const ca = readFileSync(cert);
    request(url, { ca, servername: NAME }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    })
      .on("error", reject)
      .end();
  });
}

test.concurrent(
  "from plain HTTP to TLS of its own: deployed, proven, reloaded; a certificate that was replaced is noticed and served",
  () =>
    withTls(async (host, { loopbackUrl, tls }, folder) => {
      host.writeOpenConfig();
      const cert = tls?.certificate ?? "";
      const base = {
        http: {
          address: "127.0.0.1",
          port: new URL(loopbackUrl).port,
          tls: { cert, key: join(folder, "key.pem") },
        },
      };
      const wanted = (writers: string[]) => ({
        ...host.desired({ writers, base }),
        allow: ["moveAddress" as const],
      });
      expect((await host.deploy(wanted(["workloads"]))).outcome).toBe("restarted");
      expect(await status(`${loopbackUrl}/v2/`, cert)).toBe(200);
      expect(await host.compare(wanted(["workloads"]))).toMatchObject({ inSync: true });
      expect((await host.deploy(wanted(["others"]))).outcome).toBe("reloaded");

      selfSigned(folder, NAME);
      expect((await host.compare(wanted(["others"]))).report).toEqual([
        `zot serves another certificate than that of ${cert}`,
      ]);
      expect((await host.deploy(wanted(["others"]))).outcome).toBe("restarted");
      expect(await host.compare(wanted(["others"]))).toMatchObject({ inSync: true });
    }),
);

test.concurrent(
  "a certificate for another name: refused before anything is touched, and by the script itself as well",
  () =>
    withTls(async (host, layout, folder) => {
      const cert = layout.tls?.certificate ?? "";
      const base = {
        http: {
          address: "127.0.0.1",
          port: new URL(layout.loopbackUrl).port,
          tls: { cert, key: join(folder, "key.pem") },
        },
      };
      layout.tls = { name: "other.example.org", certificate: cert };
      await expect(host.compare(host.desired({ base }))).rejects.toThrow(
        `${cert} is for ${NAME} and not for other.example.org: set host.tlsName to a name that it is for`,
      );
      layout.tls = { name: NAME, certificate: cert };
      const change = { tls: { name: "other.example.org", certificate: cert }, ...NEVER_UP };
      await expect(host.deploy(host.desired({ base }), change)).rejects.toThrow(
        /refused: .*its certificate is neither that of .* nor one that the host trusts for the name in https:\/\/other.example.org/,
      );
      expect(host.held(host.config)).toBeUndefined();
    }),
);

describe("the certificate's file", () => {
  const at = { ...layout(), tls: { name: NAME, certificate: "/tls/cert.pem" } };
  const seen = (certificate: string, clockSkewSeconds = 0): HostState => ({
    runs: 0,
    unfinished: false,
    serving: false,
    clockSkewSeconds,
    certificate,
  });
  const years = (count: number) => count * 366 * 86_400;

  test.each([
    ["none", "missing", 0, /is not on the host: put it there/],
    ["garbled", "-----BEGIN CERTIFICATE-----AAAA-----END CERTIFICATE-----", 0, /holds no certificate in PEM/],
    ["expired by the host's clock", example(), years(200), /has expired \(.*\): renew it first/],
  ])("%s: named, with what to do", (_what, certificate, skew, problem) => {
    expect(certificateProblems(at, seen(certificate, skew))).toEqual([expect.stringMatching(problem)]);
  });

  test("one that another user alone may read is no problem, and neither is a good one", () => {
    expect(certificateProblems(at, seen("unreadable"))).toEqual([]);
    expect(certificateProblems({ ...at, tls: { ...at.tls, name: NAME } }, seen(example()))).toEqual([]);
  });
});
