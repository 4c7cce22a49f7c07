#!/bin/sh
# may-push.sh REPOSITORY:TAG
#
# Asks before a build whether its image could be pushed: whether the registry answers, CI's key lives, and may push there. That the tag
# is there already is no failure: the build may come to the same digest. Prints nothing. Settings: see registry.sh.
HERE=${0%/*}
[ "$HERE" != "$0" ] || HERE=.
# shellcheck source=docs/push/registry.sh
. "$HERE/registry.sh"

main() {
  [ $# -eq 1 ] || fail "usage: may-push.sh REPOSITORY:TAG"
  need curl base64
  open_registry "$1"
  ask_first
}

main "$@"
