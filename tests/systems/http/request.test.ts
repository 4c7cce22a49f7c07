import { inspect } from "node:util";
import { gzipSync } from "node:zlib";
import {
  RedirectError,
  StatusError,
  SystemError,
  TimeoutError,
  TooLargeError,
  UnreachableError,
  UnsendableError,
} from "../../../systems/http/errors";
import { type PlainServer, startPlainServer } from "../../support/plain-server";
import { type HttpRequest, request, requestFollowing } from "../../../systems/http/request";

const peer = { name: "Forgejo", setting: "forgejo.url" };
const open: PlainServer[] = [];
afterEach(() => Promise.all(open.splice(0).map((server) => server.stop())));

async function serve(answer: Parameters<typeof startPlainServer>[0]): Promise<string> {
  const server = await startPlainServer(answer);
  open.push(server);
  return server.url;
}

const asked = (url: string, more: Partial<HttpRequest> = {}): HttpRequest => ({
  peer,
  action: "list the secrets",
  url,
  headers: { Authorization: "token s3cret" },
  ...more,
});

async function failure(attempt: Promise<unknown>): Promise<SystemError> {
  const error: unknown = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof SystemError)) throw new Error(`expected a SystemError, got ${String(error)}`);
  expect(inspect(error, { depth: 10 })).not.toMatch(/s3cret/);
  return error;
}

test("an endless answer is aborted at the limit, with its connection", async () => {
  let sent = 0;
  const closed = new Promise<void>((resolve) => {
    void serve((_, response) => {
      response.on("close", resolve);
      const chunk = Buffer.alloc(64 << 10);
      const more = () => {
        while (!response.destroyed && response.write(chunk)) sent += chunk.length;
        response.once("drain", more);
      };
      more();
    }).then(async (url) => {
      const error = await failure(request(asked(url, { maxBytes: 256 << 10 })));
      expect(error).toBeInstanceOf(TooLargeError);
      expect(error.message).toContain("forgejo.url");
    });
  });
  await closed;
  expect(sent).toBeLessThan(64 << 20);
});

test("a small body that unpacks into a large one counts as what it becomes", async () => {
  const url = await serve((_, response) =>
    response.setHeader("content-encoding", "gzip").end(gzipSync(Buffer.alloc(8 << 20))),
  );
  expect(await failure(request(asked(url, { maxBytes: 1 << 20 })))).toBeInstanceOf(TooLargeError);
});

test("a body of exactly the limit is read whole", async () => {
  const url = await serve((_, response) => response.end("é".repeat(500)));
  expect((await request(asked(url, { maxBytes: 1000 }))).text).toBe("é".repeat(500));
});

test("the time limit covers the body: a server that drips is given up", async () => {
  const url = await serve((_, response) => void response.write("["));
  const error = await failure(request(asked(url, { timeoutMs: 100 })));
  expect(error).toBeInstanceOf(TimeoutError);
  expect(error.message).toContain("list the secrets");
});

test("a missing answer keeps the network's error, and names the setting", async () => {
  const gone = await serve((_, response) => response.end());
  await open.pop()?.stop();
  const down = await failure(request(asked(gone)));
  expect(down).toBeInstanceOf(UnreachableError);
  expect(down).toMatchObject({ code: "ECONNREFUSED", cause: expect.anything() as unknown });
  const unknown = await failure(request(asked("http://nowhere.invalid/x")));
  expect(unknown).toMatchObject({ code: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/) as unknown });
  expect(unknown.message).toContain("the name does not resolve; check forgejo.url");
});

test("an https address of a server that speaks plain HTTP is told as that", async () => {
  const url = await serve((_, response) => response.end());
  const error = await failure(request(asked(url.replace("http:", "https:"))));
  expect(error.message).toContain("does not speak TLS");
});

test("a credential that is no legal header is refused without its value, and nothing is sent", async () => {
  let requests = 0;
  const url = await serve((_, response) => {
    requests++;
    response.end();
  });
  const headers = { Authorization: "token s3cret\nx" };
  expect(await failure(request(asked(url, { headers })))).toBeInstanceOf(UnsendableError);
  expect(requests).toBe(0);
});

test("the query of an address, which may hold a code, is in no error", async () => {
  const url = await serve((_, response) => response.destroy());
  expect((await failure(request(asked(`${url}/x?code=abc`)))).message).not.toContain("abc");
});

test("a redirect within the origin is followed with the credential", async () => {
  const url = await serve(({ url: path, headers }, response) => {
    if (path === "/old") response.writeHead(307, { location: "/new" }).end();
    else response.end(headers.authorization);
  });
  expect((await requestFollowing(asked(`${url}/old`))).text).toBe("token s3cret");
});

test.each([
  ["another port", (other: string) => `${other}/steal`],
  ["another scheme", (other: string) => other.replace("http:", "https:")],
  ["no server at all", () => "data:text/plain,x"],
])("a redirect to %s is refused, and nothing is sent there", async (_name, target) => {
  let stolen = 0;
  const thief = await serve((_, response) => {
    stolen++;
    response.end();
  });
  const url = await serve((_, response) => response.writeHead(302, { location: target(thief) }).end());
  const error = await failure(requestFollowing(asked(url)));
  expect(error).toBeInstanceOf(RedirectError);
  expect(error.message).toContain("forgejo.url");
  expect(stolen).toBe(0);
});

test("redirects in a circle end", async () => {
  const url = await serve((_, response) => response.writeHead(302, { location: "/again" }).end());
  expect(await failure(requestFollowing(asked(url)))).toBeInstanceOf(RedirectError);
});

test("the header Retry-After is read as seconds and as a date that lies ahead", () => {
  const wait = (value: string) =>
    new StatusError(
      "x",
      { url: new URL("http://a.test"), status: 503, headers: new Headers({ "retry-after": value }) },
      "y",
    ).retryAfterMs;
  expect(wait("7")).toBe(7000);
  expect(wait(new Date(Date.now() + 60_000).toUTCString())).toBeGreaterThan(50_000);
  expect(wait("Fri, 02 Jan 2026 00:00:00 GMT")).toBeUndefined();
  expect(wait("soon")).toBeUndefined();
});

test("control characters in a system's name do not reach the terminal", () => {
  const error = new UnreachableError(
    { peer, action: "read \u001b[2Jx\nroot: done", where: "http://a.test" },
    "E",
  );
  expect(error.message).toContain("read \\u{001b}[2Jx\\nroot: done at");
});
