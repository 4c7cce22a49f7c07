import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import type { Mission } from "../../../rehearsal/mission/mission";
import { runChild } from "../../support/children";

export interface Revealed {
  readonly status: number | null;
  /** What was printed, and what went into files of the temporary folder. */
  readonly shown: string;
}

/** Runs the CLI on a mission's stack, with a temporary folder of its own. */
export async function runCli(
  { pulumi }: Mission,
  folder: string,
  [command = "", ...flags]: readonly string[],
  variables: Readonly<Record<string, string>>,
): Promise<Revealed> {
  const { configFile, environment, project, stack } = pulumi;
  await mkdir(folder, { recursive: true });
  const at = ["--stack", stack, "--config-file", configFile, "--non-interactive", "--color", "never"];
  const { status, output } = await runChild("pulumi", [command, ...flags, ...at], {
    cwd: project,
    env: { ...environment, TMPDIR: folder, ...variables },
  });
  const files = (await readdir(folder, { withFileTypes: true, recursive: true })).filter((entry) =>
    entry.isFile(),
  );
  const written = await Promise.all(
    files.map(({ parentPath, name }) => readFile(join(parentPath, name), "utf8")),
  );
  return { status, shown: [output, ...written].join("\n") };
}

/** A collector of logs by OTLP over plain gRPC, which keeps all that it is sent. */
export async function collectLogs(): Promise<{ endpoint: string; received(): string; stop(): void }> {
  const parts: Buffer[] = [];
  const server = new Server({ "grpc.max_receive_message_length": -1 });
  server.register<Buffer, Buffer>(
    "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
    ({ request }: { request: Buffer }, answer: (error: null, value: Buffer) => void) => {
      parts.push(request);
      answer(null, Buffer.alloc(0));
    },
    (value) => value,
    (value) => value,
    "unary",
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(error);
      else resolve(bound);
    });
  });
  return {
    endpoint: `127.0.0.1:${port}`,
    received: () => Buffer.concat(parts).toString("latin1"),
    stop: () => {
      server.forceShutdown();
    },
  };
}
