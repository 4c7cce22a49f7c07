/** Files of remote/ that form the deploy's script. Only apply.sh must be the last: its last line runs the script. */
export const APPLY_PARTS: readonly string[] = [
  "common.sh",
  "apply-tools.sh",
  "apply-lock.sh",
  "apply-http.sh",
  "apply-service.sh",
  "restart-rights.sh",
  "set-files.sh",
  "set-served.sh",
  "apply-sets.sh",
  "apply-trial.sh",
  "containers.sh",
  "apply-before.sh",
  "apply-undo.sh",
  "apply.sh",
];

/** The same of the script that runs it as another user. */
export const AS_USER_PARTS: readonly string[] = [
  "common.sh",
  "apply-tools.sh",
  "apply-service.sh",
  "restart-rights.sh",
  "as-user.sh",
];

/** The same of the launcher. */
export const LAUNCHER_PARTS: readonly string[] = [
  "common.sh",
  "apply-tools.sh",
  "apply-lock.sh",
  "apply-http.sh",
  "apply-service.sh",
  "set-files.sh",
  "set-served.sh",
  "launcher-beside.sh",
  "launcher.sh",
];
