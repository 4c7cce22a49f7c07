import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseRequest } from "../../../commands/ci/request";
import { UsageError } from "../../../commands/shared/command-line";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "event-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function eventFile(text: string): string {
  const file = join(folder, "event.json");
  writeFileSync(file, text);
  return file;
}

const job = {
  GITHUB_API_URL: "https://forge.example.org/api/v1",
  GITHUB_REPOSITORY: "eblume/blumeops",
  GITHUB_SERVER_URL: "https://forge.example.org",
  GITHUB_RUN_NUMBER: "7",
  GITHUB_TOKEN: "job-token",
};

test("a job knows its stack, its repository and its page", () => {
  expect(parseRequest(["deploy", "--stack", "indri"], { ...job, STACK_LOCK_OWNER: "root@job" })).toEqual({
    task: { name: "deploy" },
    stack: "indri",
    configFile: undefined,
    policySettings: undefined,
    apiUrl: "https://forge.example.org/api/v1",
    repository: "eblume/blumeops",
    token: "job-token",
    url: "https://forge.example.org/eblume/blumeops/actions/runs/7",
    runNumber: 7,
    lockOwner: "root@job",
  });
});

test("a variable of the repository that is not set clears nobody's lock", () => {
  expect(
    parseRequest(["nightly", "--stack", "indri"], { ...job, STACK_LOCK_OWNER: "" }).lockOwner,
  ).toBeUndefined();
});

test("a pull request's number is that of the event, as Forgejo writes it", () => {
  const GITHUB_EVENT_PATH = eventFile(
    JSON.stringify({ action: "synchronized", number: 12, pull_request: { id: 903, number: 12 } }),
  );
  const { task } = parseRequest(["pull-request", "--stack", "indri"], { ...job, GITHUB_EVENT_PATH });
  expect(task).toEqual({ name: "pull-request", number: 12, conflicts: [] });
});

test.each([
  ["of a push", '{"ref": "refs/heads/main", "after": "4f2a9c1"}', "has no pull request number"],
  ["with a number that is none", '{"number": "12; rm"}', "has no pull request number"],
  ["that is no JSON", "<html>", "cannot be read as JSON"],
])("an event %s starts no preview", (_name, text, message) => {
  const environment = { ...job, GITHUB_EVENT_PATH: eventFile(text) };
  expect(() => parseRequest(["pull-request", "--stack", "indri"], environment)).toThrow(message);
});

test("all missing variables are named together, and no present value is shown", () => {
  const run = () => parseRequest(["pull-request", "--stack", "indri"], { GITHUB_TOKEN: "job-token" });
  expect(run).toThrow(
    "GITHUB_API_URL, GITHUB_REPOSITORY, GITHUB_SERVER_URL, GITHUB_RUN_NUMBER, GITHUB_EVENT_PATH missing",
  );
  expect(run).not.toThrow("job-token");
});

test.each([
  [[], "missing required argument 'job'"],
  [["destroy", "--stack", "indri"], "Allowed choices are pull-request, deploy, nightly"],
  [["deploy", "nightly", "--stack", "indri"], "too many arguments"],
  [["deploy", "--stack", ""], "--stack is missing or empty: set the variable STACK"],
  [["deploy", "--stak", "indri"], "Did you mean --stack?"],
  [["deploy", "--stack", "indri", "--yes"], "--yes"],
])("arguments %j are refused, with the help", (args, message) => {
  expect(() => parseRequest(args, job)).toThrow(message);
  expect(() => parseRequest(args, job)).toThrow(UsageError);
  expect(() => parseRequest(args, job)).toThrow(
    "Usage: npm run ci -- --stack NAME pull-request|deploy|nightly",
  );
});

test("the job's token is not sent by plain http off loopback", () => {
  const environment = { ...job, GITHUB_API_URL: "http://forge.example.org/api/v1" };
  expect(() => parseRequest(["deploy", "--stack", "indri"], environment)).toThrow(
    /GITHUB_API_URL is plain http.*https/,
  );
});
