import { noContainers } from "../../../rehearsal/host/runtime";

/*
 * The cuts of cuts.test.ts, done to a zot in a container: there the process that serves is none of the script's, and is ended by its
 * runtime alone. All other files take HOST_CONTAINER=1 as well, see docs/host-faults.md.
 */
const why = noContainers();
if (why === undefined) {
  process.env["HOST_CONTAINER"] = "1";
  jest.requireActual("./cuts.test");
} else test.skip(`no containers: ${why}`, () => undefined);
