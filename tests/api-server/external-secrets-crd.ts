/*
 * The part of the ExternalSecret of external-secrets.io/v1 that this program writes, with the defaults and limits of the
 * operator's own definition. Fields that it does not know are dropped by the API server, and so would be missing in the test.
 */

const text = { type: "string" };
const choice = (fallback: string, ...others: string[]) => ({
  ...text,
  enum: [fallback, ...others],
  default: fallback,
});
const texts = { type: "object", additionalProperties: text };

const spec = {
  type: "object",
  properties: {
    refreshInterval: { ...text, default: "1h0m0s" },
    secretStoreRef: {
      type: "object",
      required: ["name"],
      properties: { name: text, kind: { ...text, enum: ["SecretStore", "ClusterSecretStore"] } },
    },
    target: {
      type: "object",
      default: { creationPolicy: "Owner", deletionPolicy: "Retain" },
      properties: {
        name: { ...text, maxLength: 253 },
        creationPolicy: choice("Owner", "Orphan", "Merge", "None"),
        deletionPolicy: choice("Retain", "Delete", "Merge"),
        template: {
          type: "object",
          properties: {
            type: text,
            engineVersion: { ...choice("v2") },
            mergePolicy: choice("Replace", "Merge"),
            metadata: { type: "object", properties: { labels: texts, annotations: texts } },
            data: texts,
          },
        },
      },
    },
    data: {
      type: "array",
      items: {
        type: "object",
        required: ["secretKey", "remoteRef"],
        properties: {
          secretKey: { ...text, pattern: "^[-._a-zA-Z0-9]+$" },
          remoteRef: {
            type: "object",
            required: ["key"],
            properties: {
              key: text,
              property: text,
              conversionStrategy: choice("Default", "Unicode"),
              decodingStrategy: choice("None", "Auto", "Base64", "Base64URL"),
              metadataPolicy: choice("None", "Fetch"),
            },
          },
        },
      },
    },
  },
};

const condition = {
  type: "object",
  required: ["type", "status"],
  properties: {
    type: text,
    status: text,
    reason: text,
    message: text,
    lastTransitionTime: { ...text, format: "date-time" },
  },
};

export const externalSecretsCrd = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "externalsecrets.external-secrets.io" },
  spec: {
    group: "external-secrets.io",
    scope: "Namespaced",
    names: { plural: "externalsecrets", singular: "externalsecret", kind: "ExternalSecret" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec,
              status: {
                type: "object",
                properties: {
                  syncedResourceVersion: text,
                  conditions: { type: "array", items: condition },
                },
              },
            },
          },
        },
      },
    ],
  },
};
