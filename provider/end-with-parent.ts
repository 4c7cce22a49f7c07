const WATCH_MS = 2000;

/**
 * Ends this process with the CLI that started it: one that is killed takes none of its plugins along,
 * and Pulumi's servers wait for requests for ever.
 */
export function endWithParent(): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(1);
  }, WATCH_MS).unref();
}
