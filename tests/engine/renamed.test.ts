import { copyFileSync, mkdirSync, mkdtempSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { preview, pulumi, type StackLocation } from "../../systems/pulumi/cli";
import { type Resource, resourcesOf, type Values, withResources } from "../../systems/pulumi/deployment";
import { completedResource, inOrder, parseSavedPlan, withProviders } from "../../systems/pulumi/saved-plan";
import { exportState, importState } from "../../systems/pulumi/state";
import { COMPONENT, OWN, STACK } from "../../systems/pulumi/types";

/*
 * Real CLI, engine and provider: a state of earlier versions, in which the component around the access proof had the type of
 * its child, and the proof knew one group of writers and one key, shows no change and gets the new URNs with the next update. Nothing answers at the registry's address, so a proof
 * that was made again would fail.
 */
const PROGRAM = resolve(__dirname, "renamed");
let folder: string;
let site: StackLocation;

beforeAll(async () => {
  const root = resolve(__dirname, "../../.rehearsal");
  mkdirSync(root, { recursive: true });
  folder = mkdtempSync(join(root, "renamed-"));
  for (const name of ["home", "state"]) mkdirSync(join(folder, name));
  copyFileSync(join(PROGRAM, "Pulumi.yaml"), join(folder, "Pulumi.yaml"));
  site = {
    stack: "before",
    project: PROGRAM,
    configFile: join(folder, "Pulumi.before.yaml"),
    environment: {
      PATH: process.env["PATH"],
      HOME: join(folder, "home"),
      PULUMI_HOME: join(folder, "home"),
      PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "renamed",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    },
  };
  await pulumi({ ...site, cwd: folder }, ["stack", "init"]);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** What the program registers, as a deploy would have left it in the state. */
async function deployed(): Promise<Resource[]> {
  const planFile = join(folder, "plan.json");
  const { steps } = await preview(site, { planFile });
  const plan = parseSavedPlan(await readFile(planFile, "utf8"));
  const resources = [...plan].flatMap(([urn, planned]): Resource[] => {
    const { custom, parent, type } = planned.goal;
    const inputs = planned.goal.inputDiff?.adds ?? {};
    if (type.startsWith("pulumi:providers:")) return [];
    if (!custom)
      return [{ urn, type, custom, ...(parent !== undefined && { parent }), inputs: {}, outputs: {} }];
    const outputs = { ...inputs, answers: 40 };
    return [completedResource(urn, planned, { id: "https://registry.example.org", inputs, outputs })];
  });
  const order = steps.map(({ urn }) => urn);
  return inOrder(withProviders(resources, plan), order);
}

const asBefore = (resources: readonly Resource[]) =>
  (
    JSON.parse(
      JSON.stringify(resources).replaceAll(COMPONENT.accessVerification, OWN.accessProof),
    ) as Resource[]
  ).map((resource) =>
    resource.custom && resource.type === OWN.accessProof
      ? { ...resource, inputs: knowingOneKey(resource.inputs), outputs: knowingOneKey(resource.outputs) }
      : resource,
  );

function knowingOneKey({ pushers: _, metrics: _metrics, ...rest }: Values = {}): Values {
  return {
    ...rest,
    access: {
      admins: ["admins"],
      writers: ["artifact-workloads"],
      writableRepositories: ["blumeops/**"],
      cacheRepositories: [],
      anonymousPull: true,
    },
    scratchRepository: "blumeops/access-proof",
  };
}

test("a state of the version before shows no change, and is renamed with the next update", async () => {
  const before = asBefore(await deployed());
  const kinds = before.map(({ type }) => type).filter((type) => !type.startsWith("pulumi:providers:"));
  expect(kinds).toEqual([STACK, OWN.accessProof, OWN.accessProof]);
  await importState(site, withResources(await exportState(site), before));

  const { steps } = await preview(site);
  expect(steps.map(({ op }) => op)).toEqual(steps.map(() => "same"));
  expect(steps.length).toBeGreaterThanOrEqual(3);

  const flags = ["--yes", "--skip-preview", "--expect-no-changes", "--config-file", site.configFile ?? ""];
  await pulumi(site, ["up", ...flags]);
  const after = resourcesOf(await exportState(site)).map(({ urn }) => urn.split("::").slice(2).join("::"));
  expect(after).toContain(`${COMPONENT.accessVerification}::access-proof`);
  expect(after).toContain(`${COMPONENT.accessVerification}$${OWN.accessProof}::access-proof-matrix`);
  expect(after.filter((urn) => urn.startsWith(OWN.accessProof))).toEqual([]);
});
