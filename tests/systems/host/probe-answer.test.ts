import { parseProbe } from "../../../systems/host/probe-answer";

const answer = (lines: string[], config?: string): string =>
  `${lines.join("\n")}\n${config === undefined ? "" : `config:\n${config}`}zot-access-probe-end\n`;

test("an answer is parsed into its fields", () => {
  const config = '{\n  "a": 1\n}\n';
  const lines = [
    "clock=1700000090",
    "zotVersion=2.1.20",
    "served=200",
    "inForce=no",
    "credentialsDigest=aa",
    "credentialsMode=-rw-r-----",
    "serviceDigest=bb",
    "generation=g1",
    "runs=7",
    "unfinished=no",
    "otherUser=nobody",
    "mode=fallback",
    "runningVersion=2.1.19",
  ];
  expect(parseProbe(answer(lines, config), 1_700_000_000)).toEqual({
    clockSkewSeconds: 90,
    zotVersion: "2.1.20",
    serving: true,
    inForce: false,
    credentialsDigest: "aa",
    credentialsMode: "640",
    serviceDigest: "bb",
    generation: "g1",
    runs: 7,
    unfinished: false,
    otherUser: "nobody",
    mode: "fallback",
    runningVersion: "2.1.19",
    configText: config,
  });
});

test("a host before its first deploy has none of it", () => {
  const lines = [
    "clock=1700000000",
    "zotVersion=",
    "served=000",
    "credentialsDigest=",
    "credentialsMode=",
    "runs=0",
    "unfinished=no",
  ];
  expect(parseProbe(answer(lines), 1_700_000_000)).toEqual({
    clockSkewSeconds: 0,
    serving: false,
    runs: 0,
    unfinished: false,
  });
});

test.each(["", "a\n", '{"config:\n": 1}\nruns=99\n', "zot-access-probe-end\n"])(
  "a config with %j is returned byte for byte and changes no other value",
  (config) => {
    const state = parseProbe(answer(["clock=1", "served=401", "runs=1", "unfinished=yes"], config), 1);
    expect(state).toEqual({
      configText: config,
      serving: true,
      runs: 1,
      unfinished: true,
      clockSkewSeconds: 0,
    });
  },
);

test.each([
  ["-rw-------", "600"],
  ["-rwsr-xr-T", "754"],
  ["-rw-rw-rw-", "666"],
])("mode %s is %s", (mode, octal) => {
  expect(parseProbe(answer([`credentialsMode=${mode}`]), 0).credentialsMode).toBe(octal);
});

test.each(["", "clock=1\nserved=200\n", "bash: no such shell\n"])("%j is no whole answer", (stdout) => {
  expect(() => parseProbe(stdout, 0)).toThrow("is incomplete");
});
