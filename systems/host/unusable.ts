import { containerProblems } from "./container-problems";
import { unlabelled } from "./container";
import { refuseOtherUser } from "./other-user";
import type { HostLayout, HostState, RunAsProblem, SshTarget } from "./types";

type Who = Pick<SshTarget, "host" | "user">;

/** A deploy could not change this host, or its change would not last. It is thrown before anything has changed. */
export class UnusableHostError extends Error {
  override readonly name = "UnusableHostError";
  constructor(
    { host }: Who,
    readonly problems: string[],
  ) {
    super([`${host} cannot be deployed to as it is:`, ...problems.map((each) => `  - ${each}`)].join("\n"));
  }
}

/** @throws UnusableHostError or OtherUserError, before any resource is declared */
export function refuseUnusable(target: Who, layout: HostLayout, state: HostState): void {
  const problems = [
    ...runAsProblems(target, layout, state.runAsProblem),
    ...placeProblems(layout, state),
    ...labelProblems(layout, state),
    ...containerProblems(target, layout, state),
  ];
  if (problems.length > 0) throw new UnusableHostError(target, problems);
  refuseOtherUser(target, state);
}

function runAsProblems({ user }: Who, { runAs = "", service }: HostLayout, problem?: RunAsProblem): string[] {
  if (problem === undefined) return [];
  const unit = service.manager === "systemd" ? service.unit : "zot.service";
  switch (problem) {
    case "no-user":
      return [`there is no user ${runAs}: correct host.runAs, or make that user`];
    case "no-sudo":
      return [
        `${user} may not become ${runAs} without a password: allow it there (visudo), "${user} ALL=(${runAs}) NOPASSWD: /bin/sh", or ` +
          "set host.user to root or to that user",
      ];
    case "no-restart":
      return [
        `${user} may not restart ${unit} without a password: allow it there (visudo), "${user} ALL=(root) NOPASSWD: ` +
          `/usr/bin/systemctl daemon-reload, /usr/bin/systemctl restart ${unit}", or set service.restart to a command that needs none`,
      ];
  }
}

function labelProblems({ container }: HostLayout, { enforcing }: HostState): string[] {
  const bare = enforcing === true ? unlabelled(container) : [];
  return bare.length === 0
    ? []
    : [
        `SELinux lets no container read what ${bare.join(", ")} mounts: write z behind it (host.container.mounts, and the container's own definition)`,
      ];
}

function placeProblems({ configFolder }: HostLayout, state: HostState): string[] {
  const { configFile = "", configPlace, notWritable } = state;
  if (configPlace === "boot") {
    return [
      `zot serves ${configFile}, which is generated at each boot: a deploy would be gone after the next one. Have the service read a ` +
        "file in a folder that stays, and set host.configFolder to it",
    ];
  }
  if (configPlace === "read-only") {
    return [
      `zot serves ${configFile}, where ${notWritable ?? "this user"} may not write (as in the store of NixOS, or a folder of another user): ` +
        "have the service read a file in a folder of zot's user, and set host.configFolder to it, or give that user the folder (chown)",
    ];
  }
  if (notWritable === undefined) return [];
  return [
    `${configFolder} cannot be written by ${notWritable}: give that user the folder (chown -R ${notWritable} ${configFolder}), or, where it is ` +
      "read-only, have the service read its config from another one and set host.configFolder to that",
  ];
}
