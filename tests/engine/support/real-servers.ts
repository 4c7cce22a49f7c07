import { startAuthentik } from "../../../rehearsal/authentik";
import { startForgejo } from "../../../rehearsal/forgejo";

/*
 * An Authentik and a Forgejo that are not the rehearsal's own: servers in a process that lives as long as its standard input is open.
 * Somebody uses them, and no default is stricter than those that the real ones are shipped with.
 */
async function main(): Promise<void> {
  const { AUTHENTIK_TOKEN = "", FORGEJO_TOKEN = "" } = process.env;
  const authentik = await startAuthentik({
    bootstrapToken: AUTHENTIK_TOKEN,
    people: [{ username: "root-of-all", password: "x", groups: ["admins", "household"] }],
    withoutSecondFactor: "skip",
  });
  const forgejo = await startForgejo({
    token: FORGEJO_TOKEN,
    owner: "somebody",
    repositories: ["blumeops"],
    orgs: ["attic"],
  });
  forgejo.plant("blumeops", "MINE", "of somebody");
  process.stdout.write(`${JSON.stringify({ authentik: authentik.url, forgejo: forgejo.url })}\n`);
  process.stdin.on("end", () => process.exit(0)).resume();
}

void main();
