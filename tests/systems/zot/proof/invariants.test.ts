import { accessControl } from "../../../../systems/zot/rules";
import { ExpectationError, runMatrix } from "../../../../systems/zot/proof";
import { homelabAccess } from "../../../support/access";
import { startFake } from "../../../commands/verify/fake-registry";

const access = homelabAccess({ group: "writers", pushTo: ["**"] });

const ALL = ["read" as const, "create" as const, "update" as const, "delete" as const];

jest.mock("../../../../systems/zot/rules", () => {
  const real = jest.requireActual<typeof import("../../../../systems/zot/rules")>(
    "../../../../systems/zot/rules",
  );
  return { ...real, accessControl: jest.fn(real.accessControl) };
});

test.each([
  ["anonymous", { name: "nobody", groups: [] }],
  ["a user of no group", { name: "bob", username: "bob", password: "none", groups: [] }],
  ["CI", { name: "CI key", username: "zot-ci", password: "writers", groups: ["writers"] }],
])(
  "a model that would open writes to %s cannot pass the matrix by agreeing with the registry",
  async (_, identity) => {
    const open = { repositories: { "**": { anonymousPolicy: ALL, defaultPolicy: ALL } } };
    jest.mocked(accessControl).mockReturnValue(open);
    const fake = await startFake({ ac: open, repositories: { app: ["v1"] } });
    const run = runMatrix({
      registryUrl: fake.url,
      access,
      zotVersion: "2.1.20",
      identities: [identity],
      pushers: [{ name: "zot-ci", groups: ["writers"], scratchRepository: "scratch" }],
      metrics: { anonymous: true, users: [] },
    });
    await expect(run).rejects.toThrow(ExpectationError);
    expect(fake.writes).toEqual([]);
    await fake.stop();
  },
);
