import { servesMetrics } from "../../../../systems/zot/config/metrics";

/* As a real zot 2.1.20 answered /metrics. */
test.each([
  [{ metrics: {} }, true],
  [{ metrics: { prometheus: {} } }, true],
  [{ Metrics: {}, scrub: { interval: "48h" } }, false],
  [{ metrics: {}, search: { cve: { updateInterval: "12h" } } }, false],
  [{ metrics: { enable: true }, search: { enable: true } }, true],
  [{ metrics: { prometheus: { path: "/metrics" } }, search: { enable: true } }, true],
  [{ metrics: { enable: false } }, false],
  [{ search: { enable: true } }, false],
])("%j serves metrics: %j", (extensions, serves) => {
  expect(servesMetrics({ extensions })).toBe(serves);
});
