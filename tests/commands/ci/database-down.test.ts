import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Forgejo, startForgejo } from "../../../rehearsal/forgejo";
import { LOADER } from "../../support/loader";

/*
 * The whole command beside a CLI that cannot reach the state's database, and says with which address it tried.
 */
const project = join(__dirname, "../../..");
const PASSWORD = "p&q$/ wörd";
/** As somebody wrote it, and as Go's url.UserPassword writes it again. */
const WRITTEN = "p%26q$%2f%20w%c3%b6rd";
const AGAIN = "p&q$%2F%20w%C3%B6rd";
const CLI = `#!/bin/sh
echo "Previewing update (indri):"
echo "error: could not open bucket: parse \\"$PULUMI_BACKEND_URL\\": password authentication failed" >&2
echo "error: dial postgres://user:${AGAIN}@db.example.org/pulumi ($PASSWORD_OF_IT)" >&2
exit 255
`;

let folder: string;
let forgejo: Forgejo;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "database-down-"));
  writeFileSync(join(folder, "pulumi"), CLI, { mode: 0o700 });
  forgejo = await startForgejo({
    token: "job-token",
    owner: "eblume",
    repositories: ["blumeops"],
    scopes: ["write:issue"],
  });
});
afterAll(async () => {
  await forgejo.stop();
  rmSync(folder, { recursive: true });
});

test.each(["pull-request", "deploy", "nightly"])(
  "a %s reports that the state cannot be read, and never shows the database's password",
  async (name) => {
    const pull = forgejo.openPull("blumeops", name);
    const event = join(folder, "event.json");
    writeFileSync(event, JSON.stringify({ number: pull.number }));
    const args = ["--require", LOADER, "commands/ci/main.ts", name, "--stack", "indri"];
    const child = spawn(process.execPath, args, {
      cwd: project,
      env: {
        PATH: `${folder}:${process.env["PATH"] ?? ""}`,
        HOME: folder,
        PULUMI_HOME: folder,
        PULUMI_BACKEND_URL: `postgres://user:${WRITTEN}@db.example.org/pulumi?sslmode=disable`,
        PASSWORD_OF_IT: PASSWORD,
        GITHUB_API_URL: `${forgejo.url}/api/v1`,
        GITHUB_EVENT_PATH: event,
        GITHUB_REPOSITORY: "eblume/blumeops",
        GITHUB_RUN_NUMBER: "7",
        GITHUB_SERVER_URL: "https://forge.example.org",
        GITHUB_TOKEN: "job-token",
      },
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
    const [status] = (await once(child, "close")) as [number | null];
    expect(status).toBe(1);
    const posted = forgejo
      .issuesOf("blumeops")
      .flatMap(({ body, comments }) => [body, ...comments.map((one) => one.body)]);
    const shown = [output, ...posted];
    expect(output).toMatch(/failed for the stack indri|The state of indri cannot be read/);
    for (const form of [PASSWORD, WRITTEN, AGAIN, encodeURIComponent(PASSWORD)])
      expect(shown.filter((text) => text.includes(form))).toEqual([]);
  },
);
