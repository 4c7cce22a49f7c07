import { isTree } from "../systems/zot/config/read";
import type { Problem } from "./problems";

/*
 * Settings of `zot` that duplicated zot's own config. They are refused with the equivalent line of zot.config: a
 * setting that is only ignored would move the registry.
 */
const LINES: Readonly<Record<string, (value: unknown) => string>> = {
  listenAddress: (value) => `config: {http: {address: ${scalar(value)}}}`,
  port: (value) => `config: {http: {port: ${scalar(value)}}}`,
  logLevel: (value) => `config: {log: {level: ${scalar(value)}}}`,
  logFile: (value) => `config: {log: {output: ${scalar(value)}}}`,
  sessionKeysFile: (value) => `config: {http: {auth: {sessionKeysFile: ${scalar(value)}}}}`,
  pullThrough: (value) => `config: {extensions: {sync: {enable: true, registries: [${registries(value)}]}}}`,
  extraConfig: () => "config: what stands below extraConfig, as it stands there",
};

/** @param path of the section, in messages */
export function formerSettings(zot: unknown, path: (name: string) => string): Problem[] {
  if (!isTree(zot)) return [];
  return Object.entries(LINES).flatMap(([name, line]) =>
    name in zot
      ? [
          {
            path: path(name),
            problem: "is no longer a setting: zot's config is written in zot's own words",
            fix: `write ${line(zot[name])}`,
          },
        ]
      : [],
  );
}

/** The section without them, so that they cause no other problem. */
export function withoutFormer(zot: unknown): unknown {
  if (!isTree(zot)) return zot;
  return Object.fromEntries(Object.entries(zot).filter(([name]) => !(name in LINES)));
}

/** A value that cannot be secret is shown; the reader has to copy any other one. */
function scalar(value: unknown): string {
  return (typeof value === "string" && /^[\w./:[\]-]{1,100}$/.test(value)) || typeof value === "number"
    ? JSON.stringify(value)
    : "(its value)";
}

function registries(value: unknown): string {
  const mirrors = Array.isArray(value) ? value.filter(isTree) : [];
  return mirrors
    .map(({ prefix, url }) => {
      const folder = typeof prefix === "string" ? `/${prefix.replace(/^\/+|\/+$/g, "")}` : prefix;
      return (
        `{urls: [${scalar(url)}], content: [{prefix: "**", destination: ${scalar(folder)}}], ` +
        "onDemand: true, tlsVerify: true, preserveDigest: true}"
      );
    })
    .join(", ");
}
