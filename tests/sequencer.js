"use strict";

const { default: Sequencer } = require("@jest/test-sequencer");

/** What takes longest, and what waits most, in the order in which it is begun. */
const FIRST = ["engine", "systems/host", "state", "api-server", "commands/verify", "provider"];

/**
 * In a fresh checkout jest knows no durations and goes by the files' sizes: the last to begin may be one that takes a minute,
 * while all other workers are idle.
 */
module.exports = class extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const place = FIRST.findIndex((folder) => path.includes(`/tests/${folder}/`));
      return place === -1 ? FIRST.length : place;
    };
    return [...super.sort(tests)].sort((one, other) => rank(one) - rank(other));
  }
};
