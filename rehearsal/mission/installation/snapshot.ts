import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { World } from "../world";

/** Everything that a run could have changed, in a form that can be compared; of real systems nothing can be told. */
export function snapshot({ host, onepassword, standIns }: World): unknown {
  const { authentik, forgejo } = standIns ?? {};
  const tables = authentik
    ? [
        authentik.state.providers,
        authentik.state.applications,
        authentik.state.groups,
        authentik.state.users,
        authentik.state.policyBindings,
        authentik.state.flows,
        authentik.state.stages,
        authentik.state.flowBindings,
        authentik.state.tokens,
      ]
    : [];
  return {
    host: filesBelow(host.layout.configFolder),
    authentik: JSON.stringify(tables.map((table) => [...table.values()])),
    onepassword: JSON.stringify(onepassword.itemsOf("rehearsal")),
    forgejo: forgejo?.requests.filter(({ method }) => method !== "GET").length,
  };
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .sort()
    .flatMap((name) => {
      const file = join(folder, name);
      if (!statSync(file).isFile()) return [];
      return [`${name} ${createHash("sha256").update(readFileSync(file)).digest("hex")}`];
    });
}
