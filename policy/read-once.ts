import { AnalyzerService } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import { AnalyzeRequest, AnalyzeStackRequest } from "@pulumi/pulumi/proto/analyzer_pb";

type Properties = ReturnType<AnalyzeRequest["getProperties"]>;
type Values = ReturnType<NonNullable<Properties>["toJavaScript"]>;

/**
 * Reads each request of the engine once. Pulumi's library (@pulumi/policy 1.21.0, server.js) reads a resource's
 * properties again for each policy, and at the end every resource of the stack once more for stack policies, of which
 * this pack has none: most of the pack's CPU time.
 */
export function readOnce(): void {
  const getProperties = Reflect.get<AnalyzeRequest, "getProperties">(
    AnalyzeRequest.prototype,
    "getProperties",
  );
  AnalyzeRequest.prototype.getProperties = function () {
    const properties = getProperties.call(this);
    if (!properties || Object.hasOwn(properties, "toJavaScript")) return properties;
    const toJavaScript = properties.toJavaScript.bind(properties);
    let values: Values | undefined;
    // The library converts these values and does not change them.
    return Object.assign(properties, { toJavaScript: () => (values ??= toJavaScript()) });
  };
  const { analyzeStack } = AnalyzerService as unknown as Record<
    "analyzeStack",
    { requestDeserialize: unknown }
  >;
  analyzeStack.requestDeserialize = () => new AnalyzeStackRequest();
}
