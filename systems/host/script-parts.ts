/** Files of remote/ that make the deploy's script. In any order but that apply.sh is the last: its last line runs anything. */
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
