import { parseContainer, parseImage } from "./found-container";
import type { HostState } from "./types";

const CONFIG = "config:\n";
const END = "zot-access-probe-end\n";
const RUN_AS = ["no-user", "no-sudo", "no-restart"] as const;
const RUNTIME = ["missing", "hangs"] as const;
const FROM = ["deploy", "settings", "process", "definition", "folder"] as const;

/** `-rw-------` of `ls -l` as octal digits. */
function octal(mode: string): string {
  const bit = (at: number, value: number) => (/[-ST]/.test(mode[at] ?? "-") ? 0 : value);
  return [1, 4, 7].map((at) => bit(at, 4) + bit(at + 1, 2) + bit(at + 2, 1)).join("");
}

/**
 * Reads the output of systems/host/remote/probe.sh: `name=value` lines, then the config's text between `config:` and
 * the last line.
 *
 * @param ourClock Seconds since 1970 when the answer came.
 * @throws if the answer is incomplete.
 */
export function parseProbe(stdout: string, ourClock: number): HostState {
  if (!stdout.endsWith(END)) {
    const seen = stdout.slice(0, 200).trim();
    throw new Error(`the host's answer is incomplete (is the login shell POSIX?): '${seen}'`);
  }
  const body = stdout.slice(0, -END.length);
  const at = body.startsWith(CONFIG) ? 0 : body.indexOf(`\n${CONFIG}`) + 1;
  const hasConfig = body.startsWith(CONFIG) || at > 0;
  const head = hasConfig ? body.slice(0, at) : body;
  const values = new Map(
    head.split("\n").flatMap((line): [string, string][] => {
      const [, name, value] = /^(\w+)=(.+)$/.exec(line) ?? [];
      return name === undefined || value === undefined ? [] : [[name, value]];
    }),
  );
  const place = values.get("configPlace");
  const mode = values.get("credentialsMode");
  const configMode = values.get("configMode");
  const from = FROM.find((each) => each === values.get("configFrom"));
  const lying = values.get("lying")?.trim().split(" ") ?? [];
  const running = values.get("mode");
  const clientIds = (values.get("clientIds") ?? "").split(" ").filter((id) => id !== "");
  const container = parseContainer(values.get("container") ?? "");
  const image = parseImage(values.get("image") ?? "");
  const containers = (values.get("containers") ?? "").split(" ").filter((name) => name !== "");
  const runtime = RUNTIME.find((each) => each === values.get("runtime"));
  const text = (name: keyof HostState) => {
    const value = values.get(name);
    return value === undefined ? {} : { [name]: value };
  };
  return {
    ...text("zotVersion"),
    ...(values.get("tellsNoVersion") === "yes" && { tellsNoVersion: true as const }),
    ...text("runningVersion"),
    ...text("credentialsDigest"),
    ...text("fallbackDigest"),
    ...text("launcherDigest"),
    ...text("launcherSettingsDigest"),
    ...text("serviceDigest"),
    ...text("ansibleFiles"),
    ...text("otherUser"),
    ...(clientIds.length > 0 && { clientIds }),
    ...(container && { container }),
    ...(image && { image }),
    ...(containers.length > 0 && { containers }),
    ...(runtime && { runtime }),
    ...text("notWritable"),
    ...text("servedBeside"),
    ...(values.get("enforcing") === "yes" && { enforcing: true }),
    ...(values.has("runAs") && {
      runAsProblem: RUN_AS.find((each) => each === values.get("runAs")) ?? "no-sudo",
    }),
    ...((place === "boot" || place === "read-only") && { configPlace: place }),
    ...text("certificate"),
    ...(values.has("tls") && { tlsStatus: Number(values.get("tls")) }),
    // A damaged token on the host counts as none, so the next deploy writes a new one.
    ...(/^[A-Za-z0-9._-]+$/.test(values.get("generation") ?? "") && text("generation")),
    ...(hasConfig && { configText: body.slice(at + CONFIG.length) }),
    ...(values.has("configFile") && { ...text("configFile"), ...(from && { configFrom: from }) }),
    ...(lying.length > 1 && { lying }),
    ...(configMode !== undefined && { configMode: octal(configMode) }),
    ...(mode !== undefined && { credentialsMode: octal(mode) }),
    ...((running === "full" || running === "fallback") && { mode: running }),
    runs: Number(values.get("runs") ?? 0),
    unfinished: values.get("unfinished") === "yes",
    ...(["yes", "no"].includes(values.get("inForce") ?? "") && { inForce: values.get("inForce") === "yes" }),
    serving: ["200", "401"].includes(values.get("served") ?? ""),
    clockSkewSeconds: Number(values.get("clock") ?? ourClock) - ourClock,
  };
}
