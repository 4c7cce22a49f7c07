import { posix } from "node:path";
import { z } from "zod";
import type { RuntimeCommand } from "./command-line";
import { parseMount } from "./container";
import type { FoundContainer, Mount } from "./types";

/*
 * Containers as a runtime, or the unit that starts one, reports them. The values of an environment are never
 * requested.
 */

/** The fields that look-around.sh and the probe request, in names that Podman and Docker both know. */
const told = z.object({
  runtime: z.enum(["podman", "docker"]),
  id: z.string().default(""),
  name: z.string(),
  /** The image's name at the start of the container. */
  image: z.string(),
  /** Its digest. */
  imageId: z.string().default(""),
  args: z.array(z.string()).nullish(),
  mounts: z
    .array(
      z.object({
        Type: z.string(),
        Name: z.string().optional(),
        Source: z.string().default(""),
        Destination: z.string(),
        Mode: z.string().default(""),
        RW: z.boolean().default(true),
      }),
    )
    .nullish(),
  user: z.string().default(""),
  userns: z.string().default(""),
  readOnly: z.boolean().default(false),
  running: z.boolean(),
  network: z.string().default("host"),
  networks: z.record(z.string(), z.unknown()).nullish(),
  ports: z
    .record(
      z.string(),
      z.array(z.object({ HostIp: z.string().default(""), HostPort: z.string().default("") })).nullish(),
    )
    .nullish(),
  labels: z.record(z.string(), z.string()).nullish(),
  variables: z.string().default(""),
});

/** An anonymous volume of the image gets a new name in each container. */
const NAMELESS = /^[0-9a-f]{64}$/;

/** Podman's option for a user namespace that keeps the user's id. */
export const KEEP_ID = "--userns=keep-id";

/** @returns undefined if that is not an answer of a runtime */
export function parseContainer(json: string): FoundContainer | undefined {
  const parsed = told.safeParse(valueOf(json));
  if (!parsed.success) return undefined;
  const { args, image, imageId, id, labels, mounts, name, ports } = parsed.data;
  const { readOnly, running, runtime, user, userns, variables } = parsed.data;
  return {
    id,
    runtime,
    image,
    imageId,
    // Docker's names begin with a slash.
    name: name.replace(/^\//, ""),
    isRunning: running,
    args: args ?? [],
    mounts: (mounts ?? [])
      .filter(({ Name, Type }) => Type === "bind" || (Type === "volume" && !NAMELESS.test(Name ?? "")))
      .map(({ Destination, Mode, RW, Source }) => ({
        host: posix.normalize(Source),
        container: posix.normalize(Destination),
        options: [...(RW ? [] : ["ro"]), ...Mode.split(",").filter((option) => /^z$/i.test(option))],
      })),
    network: networkOf(parsed.data),
    publish: Object.entries(ports ?? {}).flatMap(([inner, outer]) =>
      (outer ?? []).flatMap(({ HostIp, HostPort }) =>
        /^\d+\/tcp$/.test(inner) && HostPort !== ""
          ? [`${addressOf(HostIp)}${HostPort}:${inner.replace("/tcp", "")}`]
          : [],
      ),
    ),
    options: [
      ...(runtime === "podman" && userns === "private" && user !== "" ? [KEEP_ID] : []),
      ...(readOnly ? ["--read-only"] : []),
    ],
    user,
    labels: labels ?? {},
    variables: variables.split(" ").filter((each) => each !== "" && !USUAL.has(each)),
  };
}

/** An image as containers.sh reports it. */
export function parseImage(json: string): { id: string; user: string } | undefined {
  return z.object({ id: z.string(), user: z.string().default("") }).safeParse(valueOf(json)).data;
}

/** Variables that every container gets. */
const USUAL = new Set(["PATH", "TERM", "container", "HOSTNAME", "HOME"]);

/** Podman reports every network of its own as a bridge, and its name elsewhere. */
function networkOf({ network, networks }: z.output<typeof told>): string {
  const [name, another] = Object.keys(networks ?? {});
  return network === "bridge" && name !== undefined && another === undefined ? name : network;
}

function addressOf(ip: string): string {
  if (ip === "" || ip === "0.0.0.0") return "";
  return ip.includes(":") ? `[${ip}]:` : `${ip}:`;
}

function valueOf(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** Options of `run` without a value; every other one has it after `=` or in the next word. */
const ALONE =
  /^--(disable-content-trust|env-host|no-hostname|passwd|unsetenv-all|rm|rmi|replace|detach|init|read-only|privileged|interactive|tty|no-hosts|quiet|publish-all|no-healthcheck|oom-kill-disable|sig-proxy|tls-verify|read-only-tmpfs|http-proxy)$/;

/** Letters that stand alone, then at most one with its value behind it or in the next word: `-dp 5000:5000`, `-v/srv:/data`. */
const LETTERS = /^-([ditqP]*)([a-zA-Z]?)(.*)$/;

/** Why a command line does not tell enough about its container. */
export interface Doubt {
  readonly kind: "word" | "elsewhere" | "volume";
  /** The word, the option, or the volume's name. */
  readonly text: string;
}

export interface StartedContainer {
  readonly container: FoundContainer;
  readonly user?: string | undefined;
  readonly doubt?: Doubt | undefined;
}

/** Host folders of a runtime's volumes, by name. */
export type Volumes = ReadonlyMap<string, string>;

/** A container that a unit starts, from its command line: `/usr/bin/podman run … IMAGE serve FILE`. */
export function containerOfRun(
  { command, elsewhere, runtime, unclear, user, words }: RuntimeCommand,
  volumes: Volumes = new Map(),
): StartedContainer | undefined {
  if (command !== "run") return undefined;
  const { image, options, rest } = split(words);
  if (image === undefined) return undefined;
  const values = (...names: string[]) =>
    options.flatMap(([name, value]) => (names.includes(name) ? [value] : []));
  const mounts = [
    ...values("-v", "--volume").map((text) => volumeOf(text, volumes)),
    ...values("--mount").map((text) => mountOf(text, volumes)),
  ];
  const container: FoundContainer = {
    id: "",
    runtime,
    image,
    imageId: "",
    name: values("--name").at(-1) ?? "",
    isRunning: false,
    args: rest,
    mounts: mounts.filter((each) => each !== undefined && "host" in each),
    network: values("--network", "--net").at(-1) ?? "bridge",
    publish: values("-p", "--publish").filter((each) => /:/.test(each)),
    options: [
      ...values("--userns")
        .slice(-1)
        .map((value) => `--userns=${value}`),
      ...(options.some(([name]) => name === "--read-only") ? ["--read-only"] : []),
    ],
    user: values("-u", "--user").at(-1) ?? "",
    labels: {},
    variables: values("-e", "--env").map((each) => each.replace(/=.*/s, "")),
  };
  const doubt: Doubt | undefined =
    unclear !== undefined
      ? { kind: "word", text: unclear }
      : elsewhere !== undefined
        ? { kind: "elsewhere", text: elsewhere }
        : mounts.find((each) => each !== undefined && "kind" in each);
  return { container, user, doubt };
}

function split(words: readonly string[]) {
  const options: (readonly [string, string])[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    if (!word.startsWith("-")) return { options, image: word, rest: words.slice(at + 1) };
    const [, name = word, value] = /^(--[^=]+)=(.*)$/.exec(word) ?? [];
    const [, , letter, behind = ""] = LETTERS.exec(word) ?? [];
    if (value !== undefined) options.push([name, value]);
    else if (word.startsWith("--")) options.push([name, ALONE.test(word) ? "" : (words[++at] ?? "")]);
    else if (letter) options.push([`-${letter}`, behind.replace(/^=/, "") || (words[++at] ?? "")]);
    else options.push([name, ""]);
  }
  return { options, image: undefined, rest: [] };
}

/** `/a:/b:ro`, or a volume's name in the place of the folder; a path alone is a nameless volume. */
function volumeOf(text: string, volumes: Volumes): Mount | Doubt | undefined {
  const [source = "", target, ...more] = text.split(":");
  if (target === undefined) return source.startsWith("/") ? undefined : { kind: "word", text };
  if (!VOLUME.test(source)) return parseMount(text) ?? { kind: "word", text };
  const folder = volumes.get(source);
  if (folder === undefined) return { kind: "volume", text: source };
  return parseMount([folder, target, ...more].join(":")) ?? { kind: "word", text };
}

/** Names of volumes; a folder begins with a slash. */
const VOLUME = /^[a-zA-Z0-9][\w.-]*$/;

/** `type=bind,source=/a,target=/b,ro`; without a type it is a volume. */
function mountOf(text: string, volumes: Volumes): Mount | Doubt | undefined {
  const parts = text.split(",").map((part) => part.split("=", 2));
  const value = (...names: string[]) => parts.find(([name = ""]) => names.includes(name))?.[1];
  const [source, target] = [value("source", "src"), value("target", "destination", "dst")];
  const type = value("type") ?? "volume";
  // Others hold no files of the host; a volume without a name is a new one in each container.
  if ((type !== "bind" && type !== "volume") || source === undefined || target === undefined)
    return undefined;
  const isReadOnly = parts.some(([name, is]) => (name === "ro" || name === "readonly") && is !== "false");
  const mount = volumeOf([source, target, ...(isReadOnly ? ["ro"] : [])].join(":"), volumes);
  return mount && "kind" in mount && mount.kind === "word" ? { kind: "word", text } : mount;
}
