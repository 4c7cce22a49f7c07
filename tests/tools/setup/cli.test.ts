import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { obtainCli, type CliSource } from "../../../tools/setup/cli";
import {
  cacheFolder,
  CLI_VERSION,
  LANGUAGE_HOST,
  locateCli,
  parseVersion,
} from "../../../systems/pulumi/cli-location";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cli-test-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const silent = { say: () => undefined };
const ours = () => Promise.resolve<string | undefined>(CLI_VERSION);

function program(file: string, content = "#!/bin/sh\n") {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  chmodSync(file, 0o755);
}

function brings(name: string, ...programs: string[]): CliSource {
  return {
    name,
    obtain: (staging) => {
      const bin = join(staging, name);
      programs.forEach((each) => {
        program(join(bin, each), name);
      });
      return Promise.resolve(bin);
    },
  };
}

const refused: CliSource = { name: "download", obtain: () => Promise.reject(new Error("fetch failed")) };

describe("parseVersion", () => {
  test.each([
    ["v3.250.0\n", "3.250.0"],
    ["warning: something\nv3.251.0-alpha.1+dirty", "3.251.0-alpha.1+dirty"],
    ["pulumi: command not found", undefined],
    ["", undefined],
  ])("%j is %s", (output, version) => {
    expect(parseVersion(output)).toBe(version);
  });
});

describe("locateCli", () => {
  const locate = (path: string[], versionOf = ours) =>
    locateCli({ HOME: folder, PATH: path.map((name) => join(folder, name)).join(":") }, versionOf);

  test("takes the one in the Pulumi home, without asking it", async () => {
    const bin = cacheFolder(join(folder, ".pulumi"));
    program(join(bin, "pulumi"));
    program(join(bin, LANGUAGE_HOST));
    await expect(locate(["elsewhere"], () => Promise.reject(new Error("asked")))).resolves.toBe(bin);
  });

  test("does not take one without its language host, nor an empty file", async () => {
    const bin = cacheFolder(join(folder, ".pulumi"));
    program(join(bin, "pulumi"));
    await expect(locate([])).resolves.toBeUndefined();
    program(join(bin, LANGUAGE_HOST), "");
    await expect(locate([])).resolves.toBeUndefined();
  });

  test("takes one of exactly our version on PATH", async () => {
    program(join(folder, "tools/pulumi"));
    program(join(folder, "tools", LANGUAGE_HOST));
    await expect(locate(["other", "tools"])).resolves.toBe(join(folder, "tools"));
    await expect(locate(["tools"], () => Promise.resolve("3.249.0"))).resolves.toBeUndefined();
  });

  test("finds the language host beside the file that a link on PATH leads to", async () => {
    program(join(folder, "cellar/pulumi"));
    program(join(folder, "cellar", LANGUAGE_HOST));
    mkdirSync(join(folder, "links"));
    symlinkSync(join(folder, "cellar/pulumi"), join(folder, "links/pulumi"));
    await expect(locate(["links"])).resolves.toBe(join(folder, "links"));
  });

  test("never touches npm's launcher, which would start a download", async () => {
    program(join(folder, "node_modules/pulumi/run.js"));
    mkdirSync(join(folder, "node_modules/.bin"));
    symlinkSync("../pulumi/run.js", join(folder, "node_modules/.bin/pulumi"));
    program(join(folder, "tools", LANGUAGE_HOST));
    const asked = jest.fn(ours);
    await expect(locate(["node_modules/.bin", "tools"], asked)).resolves.toBeUndefined();
    expect(asked).not.toHaveBeenCalled();
  });
});

describe("obtainCli", () => {
  const obtain = (sources: CliSource[], ask = ours) => {
    const staging = join(folder, "staging");
    mkdirSync(staging);
    return obtainCli(sources, staging, join(folder, "target"), silent, ask);
  };
  const targetHolds = () => readFileSync(join(folder, "target/pulumi"), "utf8");

  test("does not build what could be downloaded", async () => {
    const build = jest.fn();
    await obtain([brings("download", "pulumi", LANGUAGE_HOST), { name: "build", obtain: build }]);
    expect(targetHolds()).toBe("download");
    expect(build).not.toHaveBeenCalled();
  });

  test("builds after a refused download", async () => {
    await obtain([refused, brings("build", "pulumi", LANGUAGE_HOST)]);
    expect(targetHolds()).toBe("build");
  });

  test("builds after a download that lacks the language host", async () => {
    await obtain([brings("download", "pulumi"), brings("build", "pulumi", LANGUAGE_HOST)]);
    expect(targetHolds()).toBe("build");
  });

  test("completes a target that lacks the language host", async () => {
    program(join(folder, "target/pulumi"), "old");
    await obtain([brings("build", "pulumi", LANGUAGE_HOST)]);
    expect(existsSync(join(folder, "target", LANGUAGE_HOST))).toBe(true);
  });

  test("puts nothing of another version into the target", async () => {
    const other = () => Promise.resolve<string | undefined>("3.1.0");
    await expect(obtain([brings("download", "pulumi", LANGUAGE_HOST)], other)).rejects.toThrow(
      "its version is 3.1.0",
    );
    expect(existsSync(join(folder, "target"))).toBe(false);
  });

  test("names every reason and the next step when there is no way", async () => {
    const noGo: CliSource = { name: "build", obtain: () => Promise.reject(new Error("Go is not installed")) };
    await expect(obtain([refused, noGo])).rejects.toThrow(
      /download: fetch failed[^]*build: Go is not installed[^]*Next: install Go/,
    );
  });
});
