import { mkdir, mkdtemp } from "node:fs/promises";
import { dirname, join } from "node:path";
import { runCommand } from "../../rehearsal/mission/command";
import { pushOpenly } from "../../rehearsal/mission/image";
import { prepareStack } from "../../rehearsal/mission/stack";
import { removeWorld, startWorld } from "../../rehearsal/mission/world";

/* An adoption where a registry runs and nothing else was made: what is there is the host, which no bulk import knows. */
const project = dirname(dirname(__dirname));
const stops: (() => Promise<void>)[] = [];
let folder: string;
let output = "";

beforeAll(async () => {
  await mkdir(join(project, ".rehearsal"), { recursive: true });
  folder = await mkdtemp(join(project, ".rehearsal", "test-"));
  await mkdir(join(folder, "tmp"));
});

afterAll(async () => {
  for (const stop of stops.reverse()) await stop();
  await removeWorld(folder);
});

test("adopt takes the host alone into the state, up makes the rest, and nothing differs then", async () => {
  const cleanUp = (stop: () => Promise<void>) => stops.push(stop);
  const write = (text: string) => {
    output += text;
  };
  const options = { project, folder, write, cleanUp };
  const world = await startWorld(folder);
  cleanUp(() => world.stop());
  await pushOpenly(world.host.registryUrl);
  const pulumi = await prepareStack(options, world, world, "rehearsal");
  cleanUp(() => pulumi.interrupt());
  const before = await pulumi.exportState();
  const adopt = (...flags: string[]) => runCommand(options, pulumi, "commands/adopt/main.ts", flags);
  try {
    const announced = await adopt();
    expect(announced).toMatch(/^1 to take over, 0 taken over before, \d+ to be made\.$/m);
    expect(announced.match(/^\S+(?= +is there)/gm)).toEqual(["registry-config"]);
    expect(announced).toContain("anonymous clients can no longer push new tags");
    expect(await pulumi.exportState()).toBe(before);

    await adopt("--apply");
    expect(await pulumi.exportState()).toContain("::registry-config");
    const up = await pulumi.up();
    expect(up).toMatchObject({ update: 1, replace: 0, delete: 0 });
    await pulumi.previewWithoutChanges();
    await pulumi.refreshedPreviewWithoutChanges();
  } catch (error) {
    throw new Error(`${String(error)}\n${output}`, { cause: error });
  }
});
