import type { MatrixIdentity } from "../../systems/zot/proof";
import { until } from "../host/until";
import { pushImage } from "./image";
import type { World } from "./world";

/**
 * A power cut: the host boots while Authentik is down. Pulls, CI's pushes and what an admin does with a key must work all
 * the same, and logins must come back by themselves.
 */
export async function bootWithoutIssuer(
  { host, setAuthentikDown }: World,
  { ci, admin }: Readonly<Record<"ci" | "admin", MatrixIdentity | undefined>>,
): Promise<void> {
  const { registryUrl } = host;
  setAuthentikDown?.(true);
  try {
    await host.reboot();
    const pull = await fetch(`${registryUrl}/v2/blumeops/hello/manifests/1.0`);
    expectStatus("an anonymous pull without Authentik", pull.status, 200);
    const push = await pushImage(registryUrl, "blumeops/hello", "pushed-without-authentik", "2.0", basic(ci));
    expectStatus("CI's push without Authentik", push, 201);
    const removal = await fetch(`${registryUrl}/v2/blumeops/hello/manifests/pushed-without-authentik`, {
      method: "DELETE",
      headers: { authorization: basic(admin) },
    });
    expectStatus("an admin's deletion without Authentik", removal.status, 202);
    const open = await pushImage(registryUrl, "blumeops/hello", "pushed-by-nobody", "2.0");
    expectStatus("an anonymous push without Authentik", open, 401);
  } finally {
    setAuthentikDown?.(false);
  }
  await until("logins come back by themselves", async () => (await loginStatus(registryUrl)) === 302);
}

function basic(who: MatrixIdentity | undefined): string {
  return `Basic ${Buffer.from(`${who?.username ?? ""}:${who?.password ?? ""}`).toString("base64")}`;
}

async function loginStatus(registryUrl: string): Promise<number | undefined> {
  const answer = await fetch(`${registryUrl}/zot/auth/login?provider=oidc&callback_ui=/v2/`, {
    redirect: "manual",
  }).catch(() => undefined);
  return answer?.status;
}

function expectStatus(what: string, actual: number, expected: number): void {
  if (actual !== expected) throw new Error(`${what} was answered ${actual} instead of ${expected}`);
}
