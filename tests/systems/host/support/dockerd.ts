import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "../../../../rehearsal/host/until";

/** Starts a daemon of Docker's with everything of its own in a folder; it needs no network of containers. Returns what ends it. */
export async function startDockerd(
  folder: string,
  answers: () => Promise<boolean>,
): Promise<() => Promise<void>> {
  mkdirSync(folder, { recursive: true });
  const of = (name: string) => join(folder, name);
  const log = of("log");
  writeFileSync(of("daemon.json"), "{}\n"); // not the machine's
  const out = openSync(log, "a");
  const words = [
    ...["-H", `unix://${of("socket")}`, "--data-root", of("data"), "--exec-root", of("exec")],
    ...["--pidfile", of("pid"), "--config-file", of("daemon.json"), "--storage-driver=vfs"],
    ...["--iptables=false", "--ip6tables=false", "--bridge=none"],
  ];
  const daemon = spawn("dockerd", words, { stdio: ["ignore", out, out], detached: true });
  const over = () => daemon.exitCode !== null || daemon.signalCode !== null;
  await until("Docker's daemon answers", async () => {
    if (over()) throw new Error(`dockerd ended at its start:\n${readFileSync(log, "utf8").slice(-2000)}`);
    return answers();
  });
  return async () => {
    daemon.kill("SIGTERM");
    await until("Docker's daemon ends", over);
    // It leaves the network of the host mounted there.
    spawnSync("umount", [join(of("exec"), "netns/default")]);
  };
}
