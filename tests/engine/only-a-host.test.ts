import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "../../rehearsal/mission/command";
import { pushOpenly } from "../../rehearsal/mission/image";
import { prepareStack } from "../../rehearsal/mission/stack";
import { startWorld } from "../../rehearsal/mission/world";
import { ownRehearsal } from "./support/own-rehearsal";

/* An adoption where a registry runs and nothing else was made: what is there is the host, which no bulk import knows. */
const own = ownRehearsal();
beforeAll(() => mkdir(join(own.folder, "tmp")));

test("adopt imports the host alone, up creates the rest, and no changes are left", async () => {
  const world = await startWorld(own.folder);
  own.cleanUp(() => world.stop());
  await pushOpenly(world.host.registryUrl);
  const pulumi = await prepareStack(own, world, world, "rehearsal");
  own.cleanUp(() => pulumi.interrupt());
  const before = await pulumi.exportState();
  const adopt = (...flags: string[]) => runCommand(own, pulumi, "commands/adopt/main.ts", flags);
  await own.begin(async () => {
    const announced = await adopt();
    expect(announced).toMatch(/^1 to adopt, 0 adopted before, \d+ to create\.$/m);
    expect(announced.match(/^\S+(?= +exists)/gm)).toEqual(["registry-config"]);
    expect(announced).toContain("anonymous clients can no longer push new tags");
    expect(await pulumi.exportState()).toBe(before);

    await adopt("--apply");
    expect(await pulumi.exportState()).toContain("::registry-config");
    const up = await pulumi.up();
    expect(up).toMatchObject({ update: 1, replace: 0, delete: 0 });
    await pulumi.previewWithoutChanges();
    await pulumi.refreshedPreviewWithoutChanges();
  });
});
