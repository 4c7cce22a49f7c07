import type { HostState, SshTarget } from "./types";

/** zot runs as another user than the SSH user. It is thrown before anything has changed. */
export class OtherUserError extends Error {
  override readonly name = "OtherUserError";
  constructor(
    target: Pick<SshTarget, "host" | "user">,
    readonly zotUser: string,
  ) {
    super(
      `zot runs on ${target.host} as the user ${zotUser}, and SSH logs in as ${target.user}: one could not read what the other ` +
        `writes, and a deploy would stop the registry. Set host.runAs to ${zotUser} (${target.user} is then root, or may run ` +
        `\`sudo -n -u ${zotUser} /bin/sh\`), or host.user, or have the service run zot as ${target.user}; then run the command again`,
    );
  }
}

/** @throws OtherUserError before any resource is declared. */
export function refuseOtherUser(target: Pick<SshTarget, "host" | "user">, { otherUser }: HostState): void {
  if (otherUser !== undefined) throw new OtherUserError(target, otherUser);
}
