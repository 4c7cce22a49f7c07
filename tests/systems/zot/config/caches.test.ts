import { homelabAccess } from "../../../support/access";
import { accessControl } from "../../../../systems/zot/rules";
import { cacheGlobs } from "../../../../systems/zot/config/caches";
import { GlobError } from "../../../../systems/zot/glob";

const synced = (...content: object[]) =>
  cacheGlobs({ extensions: { sync: { registries: [{ urls: ["https://mirror.example.org"], content }] } } });

test("a cache is where zot puts what it fetches, and one that matches no name is none", () => {
  expect(synced({ prefix: "**", destination: "/docker.io" })).toEqual(["docker.io/**"]);
  expect(synced({ prefix: "library/**" })).toEqual(["library/**"]);
  expect(synced({ prefix: "**", destination: "/Mirror" })).toEqual([]);
});

test("a cache of everything is one, whether its content says so or is left out", () => {
  expect(synced({ prefix: "**" })).toEqual(["**"]);
  expect(synced()).toEqual(["**"]);
});

test("a cache in an unsupported form is refused, not left open", () => {
  const caches = synced({ prefix: "{Library,library}/***", destination: "/docker.io" });
  expect(caches).toHaveLength(1);
  const render = () => accessControl(homelabAccess({ pushTo: ["**"], caches }));
  expect(render).toThrow(GlobError);
});
