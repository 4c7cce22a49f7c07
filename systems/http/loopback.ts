/** Hosts that never leave the machine: localhost, 127.0.0.0/8 and ::1, as URL writes them. */
const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

export function isLoopback({ hostname }: { readonly hostname: string }): boolean {
  return LOOPBACK.test(hostname);
}

/** Whether a secret sent to that URL, such as a token, can be read in transit. */
export function isSentInClear(url: string): boolean {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  return parsed?.protocol === "http:" && !isLoopback(parsed);
}

/** The problem of such a URL, and the fix. */
export const IN_CLEAR = {
  problem: "is plain http, so the token can be read in transit",
  fix:
    "write an https address; plain http is only allowed on the same machine (127.0.0.1, ::1, localhost), where an SSH tunnel can end " +
    "(ssh -L)",
} as const;
