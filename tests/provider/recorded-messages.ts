import type { LogMessage } from "../../systems/log-message";

/** Keeps what a handler tells the user. */
export class RecordedMessages {
  readonly all: string[] = [];
  readonly say: LogMessage = (severity, message) => {
    this.all.push(`${severity}: ${message}`);
    return Promise.resolve();
  };

  /** What was said since the last call. */
  heard(): string[] {
    return this.all.splice(0);
  }
}
