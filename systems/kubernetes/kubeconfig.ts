import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { parse, YAMLParseError } from "yaml";
import { z } from "zod";

/** Where the API server of a context answers. */
export interface KubeContext {
  readonly server: string;
  /** Whether clients reach it through a proxy. */
  readonly proxied: boolean;
}

const named = <Name extends string, Value extends z.ZodType>(key: Name, value: Value) =>
  z
    .array(z.object({ name: z.string(), [key]: value } as { name: z.ZodString } & Record<Name, Value>))
    .nullish();

const text = z.string().nullish();
const cluster = z.object({
  server: z.string(),
  "proxy-url": z.string().optional(),
  "certificate-authority": text,
  "certificate-authority-data": text,
  "insecure-skip-tls-verify": z.boolean().nullish(),
});
const user = z.object({ "client-certificate": text, "client-certificate-data": text });

const schema = z.object({
  contexts: named("context", z.object({ cluster: z.string(), user: text })),
  clusters: named("cluster", cluster),
  users: named("user", user.nullish()),
});

/** The files that kubectl would read: those of KUBECONFIG, otherwise the one in the user's home. */
export function kubeconfigFiles(env: NodeJS.ProcessEnv): string[] {
  const listed = (env["KUBECONFIG"] ?? "").split(delimiter).filter((file) => file !== "");
  return listed.length > 0 ? listed : [join(env["HOME"] ?? homedir(), ".kube", "config")];
}

/**
 * The contexts of these files by name. As in kubectl, files that are not there do not count, and of two entries of one name
 * the first does.
 *
 * @throws Error that names the file which is not a kubeconfig, and nothing of what it holds.
 */
export function readContexts(files: readonly string[]): Map<string, KubeContext> {
  const read = files.map(readFile);
  const clusters = firstOfName(read.flatMap((file) => file.clusters ?? []));
  const users = firstOfName(read.flatMap((file) => file.users ?? []));
  const contexts = firstOfName(read.flatMap((file) => file.contexts ?? []));
  return new Map(
    [...contexts].flatMap(([name, { context }]) => {
      const at = clusters.get(context.cluster)?.cluster;
      const who = users.get(context.user ?? "")?.user ?? undefined;
      return at === undefined
        ? []
        : [[name, { server: serverOf(at, who), proxied: at["proxy-url"] !== undefined }] as const];
    }),
  );
}

/**
 * As in client-go (DefaultServerURL): an address without a scheme is plain http, even with a token, unless TLS is
 * configured.
 */
function serverOf(at: z.output<typeof cluster>, who: z.output<typeof user> | undefined): string {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(at.server)) return at.server;
  const certificates = [
    at["certificate-authority"],
    at["certificate-authority-data"],
    who?.["client-certificate"],
    who?.["client-certificate-data"],
  ];
  const isTls = at["insecure-skip-tls-verify"] === true || certificates.some(Boolean);
  return `${isTls ? "https" : "http"}://${at.server}`;
}

function readFile(file: string): z.output<typeof schema> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw new Error(`the kubeconfig ${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  const result = schema.safeParse(parsed(file, text) ?? {});
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Error(
    `${file} is not a kubeconfig: ${issue?.path.map(String).join(".") ?? ""} ${issue?.message ?? ""}`,
  );
}

function parsed(file: string, text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    // No cause: its message quotes the lines around it, which may have a token.
    throw new Error(
      `${file} is not a kubeconfig: ${error.code} in line ${error.linePos?.[0].line ?? "unknown"}`,
    );
  }
}

function firstOfName<T extends { name: string }>(entries: readonly T[]): Map<string, T> {
  const found = new Map<string, T>();
  for (const entry of entries) if (!found.has(entry.name)) found.set(entry.name, entry);
  return found;
}
