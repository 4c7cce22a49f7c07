#!/bin/sh
# A fake id, by which root passes for a user `deploy` without rights of its own. Everybody else is who it is.
if [ "$(/usr/bin/id -u)" != 0 ] || [ -n "${SUDO_USER:-}" ]; then exec /usr/bin/id "$@"; fi
case $* in
-u) echo 4711 ;;
-un) echo deploy ;;
*) exec /usr/bin/id "$@" ;;
esac
