import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readInstallation } from "../../rehearsal/mission/installation/form";
import { type InstallationResult, runInstallation } from "../../rehearsal/mission/installation/run";
import { snapshot } from "../../rehearsal/mission/installation/snapshot";
import { PulumiFailed } from "../../rehearsal/mission/pulumi";
import { ownRehearsal } from "./support/own-rehearsal";

/*
 * `npm start -- --from-ansible`: an installation whose settings are written from what is found, moved in by the real commands and engine
 * while CI pushes. The other installations are held without an engine by tests/rehearsal/mission/installations.test.ts.
 */
const own = ownRehearsal();
const tooEarly: { said: string; unchanged: boolean }[] = [];
let moved: InstallationResult;

beforeAll(async () => {
  const file = join(own.project, "rehearsal/installations/ansible.yaml");
  const { project, folder, write, cleanUp } = own;
  moved = await own.begin(() =>
    runInstallation(
      {
        ...{ project, folder, write, cleanUp },
        async beforeAdopting(pulumi, world) {
          const before = JSON.stringify(snapshot(world));
          for (const run of [() => pulumi.preview(), () => pulumi.up()]) {
            const said = await run().then(
              () => "",
              (error: unknown) => (error instanceof PulumiFailed ? error.output : String(error)),
            );
            tooEarly.push({ said, unchanged: JSON.stringify(snapshot(world)) === before });
          }
        },
      },
      readInstallation(readFileSync(file, "utf8")),
    ),
  );
});

test("before it is adopted, neither a preview nor a deploy makes a second client beside the one that is there", () => {
  const refused = expect.stringMatching(
    /the application "Zot" \(slug "zot"\) with the provider "zot" .* exists, and this stack does not hold it/,
  ) as string;
  expect(tooEarly).toEqual([
    { said: refused, unchanged: true },
    { said: refused, unchanged: true },
  ]);
});

test("with the written settings nobody loses or gains rights, and CI is not interrupted", () => {
  expect(moved.announced).toEqual([]);
  expect(moved.noticed).toMatchObject({ refused: [], pullsRefused: [] });
  expect(moved.noticed.pushes).toBeGreaterThan(0);
  expect(moved.noticed.pulls).toBeGreaterThan(0);
});

test("Authentik has the client that it had", () => {
  const { authentik } = moved.world.standIns ?? {};
  const providers = [...(authentik?.state.providers.values() ?? [])];
  expect(providers.map(({ name, client_id }) => ({ name, client_id }))).toEqual([
    { name: "zot", client_id: "zot" },
  ]);
});
