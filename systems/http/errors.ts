/** What every failed exchange with a system carries. */
export abstract class SystemError extends Error {
  /** Whether the same request may succeed a little later: no answer, or one of a server that is not well. */
  abstract readonly transient: boolean;
}

/** Whether an answer says that a server, or a proxy before it, is not well or has too much to do. */
export function isUnwell(status: number): boolean {
  return status === 429 || status >= 500;
}
