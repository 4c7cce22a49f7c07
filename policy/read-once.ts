import { AnalyzerService } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import { AnalyzeRequest, AnalyzeStackRequest } from "@pulumi/pulumi/proto/analyzer_pb";

type Properties = ReturnType<AnalyzeRequest["getProperties"]>;
type Values = ReturnType<NonNullable<Properties>["toJavaScript"]>;

/**
 * Has each request of the engine read once. Pulumi's library (@pulumi/policy 1.21.0, server.js) reads a resource's properties from
 * it anew for each policy, and at the end every resource of the stack once more for policies of whole stacks, of which this pack
 * has none: most of the pack's CPU time.
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
    // The library makes values of its own of these, and changes none.
    return Object.assign(properties, { toJavaScript: () => (values ??= toJavaScript()) });
  };
  const { analyzeStack } = AnalyzerService as unknown as Record<
    "analyzeStack",
    { requestDeserialize: unknown }
  >;
  analyzeStack.requestDeserialize = () => new AnalyzeStackRequest();
}
