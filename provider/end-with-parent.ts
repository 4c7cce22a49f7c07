const WATCH_MS = 2000;

/**
 * Ends this process with the CLI that started it: a killed CLI does not end its plugins, and Pulumi's servers wait
 * for requests for ever.
 */
export function endWithParent(): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(1);
  }, WATCH_MS).unref();
}
