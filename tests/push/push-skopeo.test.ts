import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { ask, basic, image, type Identity, OCI_MANIFEST, push, pushManifest } from "../rehearsal/zot/client";
import { startZot, until } from "../rehearsal/zot/run-zot";
import { identity, world } from "../rehearsal/zot/world";
import { dockerArchive, layout, multiArchLayout } from "./support/images";
import { job, type JobOptions, programs, skopeoTest } from "./support/job";
import { startProxy } from "./support/proxy";

// As the product renders it: Nix makes docker's manifests.
const it = world(({ http }) => {
  http.compat = ["docker2s2"];
});
let ci: Identity;
beforeAll(async () => {
  ci = await identity(it, "zot-ci", ["artifact-workloads"]);
});

type Settings = Partial<Omit<JobOptions, "script" | "args">>;

function run(source: string, target: string, { env, ...options }: Settings = {}) {
  return job(it.folder, {
    script: "push-skopeo.sh",
    args: [source, target],
    env: { REGISTRY_URL: it.url, ZOT_CI_API_KEY: ci.key, PUSH_ATTEMPTS: "2", ...env },
    ...options,
  });
}

const digestAt = async (repository: string, reference: string) =>
  (await ask(`${it.url}/v2/${repository}/manifests/${reference}`, { method: "HEAD", as: ci })).headers.get(
    "docker-content-digest",
  );

skopeoTest(
  "pushes what it was given, byte by byte, and does the same again without a complaint",
  async () => {
    const { source, digest } = layout(it.folder, "first");
    const output = join(it.folder, "github-output");
    const printed = `${new URL(it.url).host}/ci/first:1.0@${digest}\n`;
    const first = await run(source, "ci/first:1.0", { env: { GITHUB_OUTPUT: output } });
    expect(first).toMatchObject({ status: 0, stdout: printed, left: [] });
    expect(readFileSync(output, "utf8")).toBe(`image=${new URL(it.url).host}/ci/first@${digest}\n`);
    expect(await digestAt("ci/first", "1.0")).toBe(digest);
    const again = await run(source, "ci/first:1.0");
    expect(again).toMatchObject({ status: 0, stdout: printed });
    expect(again.stderr).toContain("is there already, with this digest");
  },
);

skopeoTest("a tag with another digest is a failure that names both, and stays as it was", async () => {
  const before = layout(it.folder, "taken");
  await run(before.source, "ci/taken:1.0");
  const other = layout(it.folder, "another build");
  const { status, stderr, stdout } = await run(other.source, "ci/taken:1.0");
  expect(status).toBe(1);
  expect(stdout).toBe("");
  expect(stderr).toContain(`in the registry: ${before.digest}`);
  expect(stderr).toContain(`this build:      ${other.digest}`);
  expect(stderr).toContain("Push this build under a tag of its own");
  expect(await digestAt("ci/taken", "1.0")).toBe(before.digest);
});

skopeoTest("an archive of Nix, from a file and from a pipe, has the same digest at each try", async () => {
  const archive = dockerArchive(it.folder, "nix");
  const first = await run(`docker-archive:${archive}`, "ci/nix:1.0-nix");
  expect(first).toMatchObject({ status: 0 });
  for (const stdin of [readFileSync(archive), gunzipSync(readFileSync(archive))]) {
    const piped = await run("docker-archive:/dev/stdin", "ci/nix:1.0-nix", { stdin });
    expect(piped).toMatchObject({ status: 0, stdout: first.stdout });
    expect(piped.stderr).toContain("is there already");
  }
  const { json } = await ask(`${it.url}/v2/ci/nix/manifests/1.0-nix`);
  expect((json.layers as { mediaType: string }[])[0]?.mediaType).toMatch(/gzip/);
});

skopeoTest("an index with all its images; a push that stopped half-way is finished by the next", async () => {
  const built = multiArchLayout(it.folder, "multi arch");
  const [half] = built.instances;
  if (!half) throw new Error("an index without images");
  expect((await push(it.url, "ci/multi", half.digest, half, ci)).status).toBe(201);
  expect(await run(built.source, "ci/multi:1.0")).toMatchObject({ status: 0 });
  expect(await digestAt("ci/multi", "1.0")).toBe(built.digest);
  for (const { digest } of built.instances) expect(await digestAt("ci/multi", digest)).toBe(digest);
  expect(await run(built.source, "ci/multi:1.0")).toMatchObject({ status: 0 });
});

skopeoTest("signatures: one tag beside the image, and any number of referrers", async () => {
  const { source, digest } = layout(it.folder, "signed");
  await run(source, "ci/signed:1.0");
  const signature = layout(it.folder, "signature");
  const tag = `ci/signed:${digest.replace(":", "-")}.sig`;
  expect(await run(signature.source, tag)).toMatchObject({ status: 0 });
  expect(await run(signature.source, tag)).toMatchObject({ status: 0 });
  expect(await run(layout(it.folder, "second signature").source, tag)).toMatchObject({ status: 1 });

  const subject = { mediaType: OCI_MANIFEST, digest, size: image("signed").manifest.length };
  for (const content of ["referrer", "referrer", "second referrer"]) {
    const referrer = image(content, { subject, artifactType: "application/vnd.example.signature" });
    expect((await push(it.url, "ci/signed", referrer.digest, referrer, ci)).status).toBe(201);
  }
  const { json } = await ask(`${it.url}/v2/ci/signed/referrers/${digest}`);
  expect(json.manifests).toHaveLength(2);
});

skopeoTest("a registry that restarts in the middle of a push is waited for", async () => {
  const proxy = await startProxy(new URL(it.url).port, /^PUT \/v2\/ci\/restarted\/blobs/, async (up) => {
    await it.zot.stop();
    it.zot = await startZot(it.folder, it.config);
    up();
  });
  const { source, digest } = layout(it.folder, "restarted");
  const ended = await run(source, "ci/restarted:1.0", {
    env: { REGISTRY_URL: proxy.url, PUSH_ATTEMPTS: "10" },
  });
  await proxy.stop();
  expect(proxy.cuts).toBe(1);
  expect(ended).toMatchObject({ status: 0, left: [] });
  expect(ended.stderr).toContain("try 1 of 10 failed");
  expect(await digestAt("ci/restarted", "1.0")).toBe(digest);
});

describe("says what is wrong, and what to do", () => {
  const cases: [string, () => Settings & { target?: string; source?: string }, RegExp][] = [
    ["no key", () => ({ env: { ZOT_CI_API_KEY: "" } }), /ZOT_CI_API_KEY is empty.*secrets\.ZOT_CI_API_KEY/],
    [
      "a key with a line break",
      () => ({ env: { ZOT_CI_API_KEY: `${ci.key}\n ` } }),
      /a line break at its end/,
    ],
    ["a dead key", () => ({ env: { ZOT_CI_API_KEY: "zak_0123" } }), /expired or was revoked.*pulumi up/],
    [
      "somebody else's key",
      () => ({ env: { ZOT_USERNAME: "eve" } }),
      /does not accept the key of eve \(401\)/,
    ],
    [
      "a place that CI may only read",
      () => ({ target: "other/app:1.0" }),
      /may not push to other\/app \(403\).*pushers\.NAME\.in/,
    ],
    [
      "no registry there",
      () => ({ env: { REGISTRY_URL: "http://127.0.0.1:9" } }),
      /does not answer.*2 times.*run this job again/,
    ],
    [
      "a user name that would be an option of curl",
      () => ({ env: { ZOT_USERNAME: 'zot-ci"\noutput = "/tmp/x' } }),
      /ZOT_USERNAME holds a character/,
    ],
    ["a user name with a colon", () => ({ env: { ZOT_USERNAME: "a:b" } }), /ZOT_USERNAME holds/],
    ["no number of tries", () => ({ env: { PUSH_ATTEMPTS: "0" } }), /PUSH_ATTEMPTS must be a whole number/],
    ["no time to wait", () => ({ env: { PUSH_DELAY: "--help" } }), /PUSH_DELAY must be a whole number/],
    [
      "a place that CI may only read, before the image is read",
      () => ({ target: "other/app:1.0", source: "oci:/never-read:v1" }),
      /^(?![^]*never-read)[^]*may not push to other\/app \(403\)/,
    ],
    ["no registry at all", () => ({ env: { REGISTRY_URL: "" } }), /REGISTRY_URL is not set/],
    [
      "a key in clear over the network",
      () => ({ env: { REGISTRY_URL: "http://registry.example.org" } }),
      /must begin with https/,
    ],
    [
      "a registry with a path",
      () => ({ env: { REGISTRY_URL: "https://registry.example.org/v2" } }),
      /a host alone/,
    ],
    ["no tag", () => ({ target: "ci/app" }), /has no tag; give one that is new with each build/],
    ["a digest for a tag", () => ({ target: "ci/app@sha256:12" }), /is no image like/],
    [
      "no image to push",
      () => ({ source: "oci:/nowhere:v1" }),
      /no such file or directory[^]*skopeo could not read the image/,
    ],
  ];
  const programsWithout = () => programs(it.folder, { sh: "/bin/sh", dirname: "/usr/bin/dirname" });

  skopeoTest.each(cases)("%s", async (_, settings, message) => {
    const { target = "ci/app:1.0", source = layout(it.folder, "app").source, ...options } = settings();
    const { status, stderr, stdout, left } = await run(source, target, options);
    expect([status, stdout, left]).toEqual([1, "", []]);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain(ci.key);
  });

  test("no skopeo", async () => {
    const { status, stderr } = await run("oci:x:v1", "ci/app:1.0", { env: { PATH: programsWithout() } });
    expect([status, stderr]).toEqual([
      1,
      expect.stringContaining("not found on this runner: skopeo curl base64 gzip"),
    ]);
  });

  skopeoTest("nothing refused is in the registry", async () => {
    expect((await ask(`${it.url}/v2/ci/app/tags/list`)).json.tags ?? []).toEqual([]);
  });
});

const SHELLS = ["dash", "bash --posix", "busybox sh"].filter(
  (shell) => spawnSync(shell.split(" ")[0] ?? "", ["-c", ":"]).error === undefined,
);
skopeoTest.each(SHELLS)("runs under %s", async (shell) => {
  const { source } = layout(it.folder, `under ${shell}`);
  const target = `ci/shells:${shell.replaceAll(" ", "")}`;
  expect(await run(source, target, { shell: shell.split(" ") })).toMatchObject({ status: 0, left: [] });
});

skopeoTest("a cancelled job leaves no key behind, and no skopeo", async () => {
  const mark = join(it.folder, "mark");
  const waits = `#!/bin/sh\nfor file in "$TMPDIR"/*/config.json; do cp "$file" '${mark}'; done\necho $$ >'${mark}.pid'\nexec sleep 600\n`;
  const bin = programs(it.folder, { skopeo: waits });
  const { status, left } = await run("oci:x:v1", "ci/app:1.0", {
    programs: bin,
    onStart: (kill) => void until(() => existsSync(`${mark}.pid`)).then(() => kill("SIGTERM")),
  });
  expect([status, left]).toEqual([143, []]);
  expect(readFileSync(mark, "utf8")).toContain(new URL(it.url).host);
  const pid = Number(readFileSync(`${mark}.pid`, "utf8"));
  expect(() => process.kill(pid, 0)).toThrow("ESRCH");
});

skopeoTest(
  "zot itself would refuse the same tag again: it is the script that makes a retry a success",
  async () => {
    const { manifest } = image("first");
    expect((await pushManifest(it.url, "ci/first", "1.0", { body: manifest, as: ci })).status).toBe(403);
  },
);

skopeoTest(
  "a tag that an admin has deleted may be pushed anew, as docs/tag-immutability.md says",
  async () => {
    const admin = await identity(it, "ada", ["admins"]);
    await run(layout(it.folder, "wrong").source, "ci/corrected:1.0");
    const login = join(it.folder, "admin.json");
    const auth = basic(admin.username, admin.key).slice("Basic ".length);
    writeFileSync(login, JSON.stringify({ auths: { [new URL(it.url).host]: { auth } } }));
    const place = `docker://${new URL(it.url).host}/ci/corrected:1.0`;
    const deletion = spawnSync("skopeo", ["delete", "--tls-verify=false", "--authfile", login, place]);
    expect(deletion.status).toBe(0);
    const right = layout(it.folder, "right");
    expect(await run(right.source, "ci/corrected:1.0")).toMatchObject({ status: 0 });
    expect(await digestAt("ci/corrected", "1.0")).toBe(right.digest);
  },
);
