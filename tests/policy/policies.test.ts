import {
  AnalyzeRequest,
  type AnalyzeResponse,
  AnalyzerResourceOptions,
} from "@pulumi/pulumi/proto/analyzer_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { policies } from "../../policy/policies";
import { secret as wrapped, UNKNOWN } from "../../systems/pulumi/values";

const secret = (value: unknown) => wrapped(value) as Inputs;

/*
 * The rules behind Pulumi's own library, with requests as the engine makes them: first Remediate, then Analyze.
 */
let stack = policies({});
beforeEach(() => {
  stack = policies({});
});

type Inputs = Parameters<typeof Struct.fromJavaScript>[0];
type Rpc = (
  call: { request: AnalyzeRequest },
  done: (error: unknown, response: AnalyzeResponse) => void,
) => unknown;
type MakeRpc = (pack: string, version: string, level: string, rules: ReturnType<typeof policies>) => Rpc;

const library =
  jest.requireActual<Record<"makeAnalyzeRpcFun" | "makeRemediateRpcFun", MakeRpc>>("@pulumi/policy/server");

function ask(make: MakeRpc, request: AnalyzeRequest): Promise<AnalyzeResponse> {
  const rpc = make("zot-access", "1.0.0", "mandatory", stack);
  return new Promise((resolve, reject) => {
    void rpc({ request }, (error, response) => {
      if (error instanceof Error) reject(error);
      else resolve(response);
    });
  });
}

async function declare(type: string, properties: Inputs, name = "it"): Promise<string[]> {
  const request = new AnalyzeRequest();
  request.setUrn(`urn:pulumi:s::p::${type}::${name}`);
  request.setType(type);
  request.setName(name);
  request.setProperties(Struct.fromJavaScript(properties));
  request.setOptions(new AnalyzerResourceOptions());
  await ask(library.makeRemediateRpcFun, request);
  const response = await ask(library.makeAnalyzeRpcFun, request);
  return response.getDiagnosticsList().map((each) => `${each.getPolicyname()}: ${each.getMessage()}`);
}

test("a wrapped secret passes and the same in clear does not, although validations are shown neither", async () => {
  expect(await declare("some:thing:Else", { password: secret("hunter22"), list: [secret("a")] })).toEqual([]);
  expect(await declare("some:thing:Else", { password: "hunter22", list: ["a"] }, "other")).toEqual([
    expect.stringMatching(/^no-plain-secret: .*password has a plain-text secret/s),
  ]);
});

test("the content of a secret is judged too: a script on standard input, a connection", async () => {
  const bad = {
    connection: secret({ host: "indri" }),
    create: "exec /bin/sh -s # zot-access g",
    stdin: secret("x"),
  };
  expect((await declare("command:remote:Command", bad)).map((problem) => problem.split("\n")[0])).toEqual([
    expect.stringMatching(/^anonymous-reads-only/),
    expect.stringMatching(/^host-key-pinned/),
    expect.stringMatching(/^own-deploy/),
  ]);
});

test("an unknown value passes the preview, and is judged in the deploy", async () => {
  const inputs = { lifetimeDays: UNKNOWN, appPassword: UNKNOWN };
  expect(await declare("zot-access:index:ZotApiKey", inputs)).toEqual([]);
  stack = policies({});
  expect(await declare("zot-access:index:ZotApiKey", { lifetimeDays: 400, appPassword: "x" })).toHaveLength(
    2,
  );
});

test("a rule about two resources sees both", async () => {
  const redirect = { matching_mode: "strict", url: "https://elsewhere.example.org/zot/auth/callback/oidc" };
  const type = "authentik:index/providerOauth2:ProviderOauth2";
  expect(await declare(type, { allowedRedirectUris: [redirect] })).toEqual([
    expect.stringContaining("identity-protected"),
  ]);
  expect(
    await declare("zot-access:index:AccessProof", { registryUrl: "https://registry.example.org" }),
  ).toEqual([expect.stringContaining("redirect-uris")]);
});
