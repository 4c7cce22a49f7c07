import { AnalyzerService } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import { AnalyzeRequest, AnalyzerResourceOptions } from "@pulumi/pulumi/proto/analyzer_pb";
import type { ResourceValidationPolicy } from "@pulumi/policy";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { readOnce } from "../../policy/read-once";
import { secret, UNKNOWN } from "../../systems/pulumi/values";

type Done = (error: unknown, response: object) => void;
type Rpc = (call: { request: AnalyzeRequest }, done: Done) => unknown;
type Make = (pack: string, version: string, level: string, rules: ResourceValidationPolicy[]) => Rpc;
const library =
  jest.requireActual<Record<"makeAnalyzeRpcFun" | "makeRemediateRpcFun", Make>>("@pulumi/policy/server");

function request(): AnalyzeRequest {
  const properties = { name: "it", list: [{ of: "values" }], hidden: secret("hunter22"), later: UNKNOWN };
  const made = new AnalyzeRequest();
  made.setUrn("urn:pulumi:s::p::some:thing:Else::it");
  made.setType("some:thing:Else");
  made.setProperties(Struct.fromJavaScript(properties as Parameters<typeof Struct.fromJavaScript>[0]));
  made.setOptions(new AnalyzerResourceOptions());
  return made;
}

function ask(make: Make, rules: ResourceValidationPolicy[], asked: AnalyzeRequest): Promise<object> {
  return new Promise((resolve, reject) => {
    void make(
      "pack",
      "1.0.0",
      "mandatory",
      rules,
    )({ request: asked }, (error, response) => {
      if (error instanceof Error) reject(error);
      else resolve(response);
    });
  });
}

type Props = Record<string, unknown>;

/** What five policies see of a resource, and how often its values are read from the request. */
async function seen(asked = request()): Promise<{ texts: string[]; reads: number }> {
  const texts: string[] = [];
  const rules = Array.from({ length: 5 }, (_, at) => ({
    name: `rule-${at}`,
    description: "",
    validateResource: ({ props }: { props: Props }) => {
      texts.push(JSON.stringify([props["name"], props["list"], props["hidden"], Object.keys(props)]));
      texts.push(String(props["later"]));
    },
  }));
  const reads = jest.spyOn(Struct.prototype, "toJavaScript");
  await ask(library.makeAnalyzeRpcFun, rules, asked);
  const count = reads.mock.calls.length;
  reads.mockRestore();
  return { texts, reads: count };
}

test("a resource is read once for all policies, which see what they saw before", async () => {
  const before = await seen();
  readOnce();
  const after = await seen();
  expect(after.texts).toEqual(before.texts);
  expect(after.texts[0]).toContain('"it",[{"of":"values"}],"hunter22"');
  // A map in it is read by a call of its own.
  expect([before.reads, after.reads]).toEqual([5 * after.reads, 3]);
});

test("what a remediation changes for itself no policy sees", async () => {
  readOnce();
  const asked = request();
  const changes = {
    name: "changes",
    description: "",
    enforcementLevel: "remediate",
    remediateResource: ({ props }: { props: { name: string; list: { of: string }[] } }) => {
      props.name = "changed";
      for (const each of props.list) each.of = "changed";
    },
  } as unknown as ResourceValidationPolicy;
  await ask(library.makeRemediateRpcFun, [changes], asked);
  expect((await seen(asked)).texts[0]).toContain('"it",[{"of":"values"}]');
});

test("the whole stack, which no policy is about, is not read at all", () => {
  readOnce();
  const { analyzeStack } = AnalyzerService as unknown as {
    analyzeStack: { requestDeserialize: (bytes: Buffer) => { getResourcesList(): unknown[] } };
  };
  expect(analyzeStack.requestDeserialize(Buffer.from("no message at all")).getResourcesList()).toEqual([]);
});
