"use strict";

const { default: Sequencer } = require("@jest/test-sequencer");

/**
 * What takes longest, in the order in which it is begun: files by the seconds that they took on two cores, from 200 down to 10. Those of
 * the engine keep a core busy and those of the host mostly wait, so that four of them side by side fill two cores.
 */
const LONGEST = [
  ...["engine/mission", "systems/host/container", "engine/moving-in"],
  ...["systems/host/managers", "engine/pushers", "systems/host/faults"],
  ...["state/team", "systems/host/shells", "systems/host/shells-busybox", "api-server/cluster"],
  ...["engine/installation", "systems/host/beside", "systems/host/first-cuts"],
  ...["engine/real-systems", "systems/host/in-container", "systems/host/hangs"],
  ...["systems/host/cuts", "rehearsal/zot/releases", "systems/host/private"],
  ...["tools/conform/planted", "tools/conform/flavours", "systems/host/restore-cuts"],
  ...["engine/only-a-host", "systems/host/apply", "commands/conform/conform"],
  ...["systems/host/tls", "systems/host/interrupted", "systems/host/issuer-faults"],
  ...["systems/host/disk", "systems/zot/config/consequences.property", "systems/zot/rules.property"],
  ...["systems/host/launcher", "rehearsal/mission/installations", "systems/host/other-user"],
  ...["provider/three-pushers", "rehearsal/zot/start", "policy/launch"],
  ...["provider/credential-life", "commands/ci/any-secret", "commands/ci/year"],
  ...["systems/authentik/identity"],
].map((name) => `/tests/${name}.test.ts`);
/** The rest of these waits most. */
const FOLDERS = ["engine", "systems/host", "state", "api-server", "commands/verify", "provider"].map(
  (name) => `/tests/${name}/`,
);
const PLACES = [...LONGEST, ...FOLDERS];

/** Where a file stands; all others come last. */
function rankOf(path) {
  const place = PLACES.findIndex((part) => path.includes(part));
  return place === -1 ? PLACES.length : place;
}

/**
 * In a fresh checkout jest knows no durations and goes by the files' sizes: the last to begin may be one that takes a minute,
 * while all other workers are idle.
 */
module.exports = class extends Sequencer {
  static LONGEST = LONGEST;
  static rankOf = rankOf;

  sort(tests) {
    return [...super.sort(tests)].sort((one, other) => rankOf(one.path) - rankOf(other.path));
  }
};
