import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  cacheFolder,
  ForeignHomeError,
  LANGUAGE_HOST,
  locateCli,
  refuseForeignHome,
} from "../../../systems/pulumi/cli-location";
import { cliEnvironment } from "../../../systems/pulumi/run";

/*
 * A Pulumi home in a place that others reach, as where CI sets PULUMI_HOME to a folder below /tmp: whoever filled it first would run as
 * the operator.
 */
const asRoot = process.getuid?.() === 0 ? test : test.skip;
let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "pulumi-home-"));
  for (const name of ["pulumi", LANGUAGE_HOST]) {
    mkdirSync(cacheFolder(home), { recursive: true });
    writeFileSync(join(cacheFolder(home), name), "#!/bin/sh\n", { mode: 0o755 });
  }
  mkdirSync(join(home, "plugins"));
});
afterEach(() => {
  rmSync(home, { recursive: true, force: true });
});

const env = () => ({ PULUMI_HOME: home, PATH: "/bin" });
const never = () => Promise.reject(new Error("asked"));

test("one's own, also where the group may write to it, and one that is not there yet", async () => {
  expect(() => cliEnvironment(env())).not.toThrow();
  chmodSync(home, 0o775);
  await expect(locateCli(env(), never)).resolves.toBe(cacheFolder(home));
  rmSync(home, { recursive: true });
  expect(() => cliEnvironment(env())).not.toThrow();
});

test.each([".", "plugins", "versions"])("%s that all can write to is refused by its name", async (name) => {
  chmodSync(join(home, name), 0o777);
  expect(() => cliEnvironment(env())).toThrow(ForeignHomeError);
  expect(() => cliEnvironment(env())).toThrow(
    `${join(home, name).replace(/\/$/, "")} can be written by every user`,
  );
  await expect(locateCli(env(), never)).rejects.toThrow("set PULUMI_HOME to a folder of your own");
});

asRoot("a home that another user filled is refused, and so is a single file of another user", () => {
  chownSync(join(cacheFolder(home), "pulumi"), 65534, 65534);
  expect(() => {
    refuseForeignHome(env());
  }).toThrow("/pulumi belongs to another user");
  chownSync(home, 65534, 65534);
  expect(() => {
    refuseForeignHome(env());
  }).toThrow(`${home} belongs to another user`);
  const link = join(dirname(home), "link-to-home");
  symlinkSync(home, link);
  try {
    expect(() => {
      refuseForeignHome({ PULUMI_HOME: `${link}/` });
    }).toThrow("belongs to another user");
  } finally {
    rmSync(link);
  }
});
