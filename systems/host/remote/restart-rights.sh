#!/bin/sh
# shellcheck disable=SC2153 # set by what systems/host/scripts.ts puts before this
# Whether the user of this session may restart the service. Restarts themselves: apply-service.sh.

# forbidden: prints which command of a restart needs a password, as far as that can be seen without one. With a desk
# (as-user.sh) another user restarts it.
forbidden() {
  [ "$ZA_MANAGER-$ZA_SCOPE-$ZA_RESTART" = systemd-system- ] && [ -z "${ZA_DESK:-}" ] && [ "$(id -u)" != 0 ] || return 0
  for forbidden_words in "restart $ZA_SERVICE" daemon-reload; do
    # shellcheck disable=SC2086 # two words
    asked 10 sudo -n -l systemctl $forbidden_words >/dev/null 2>&1 || { echo "systemctl $forbidden_words" && return; }
  done
}
forbidden_in_words() { echo "$(id -un) may not run $(forbidden) without a password (sudo -n)"; }
