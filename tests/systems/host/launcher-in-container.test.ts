import { noContainers } from "../../../rehearsal/host/runtime";

/*
 * The faults of launcher.test.ts with a launcher that starts a container: an issuer that is away, slow or wrong at a boot, and a launcher
 * that is killed.
 */
const why = noContainers();
if (why === undefined) {
  process.env["HOST_CONTAINER"] = "1";
  jest.requireActual("./launcher.test");
} else test.skip(`no containers: ${why}`, () => undefined);
