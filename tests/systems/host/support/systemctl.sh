#!/bin/sh
# A fake systemctl, after systemctl(1). As there: a unit runs as it was at the last daemon-reload, restart waits for the old
# process and reports success once the new one was started, whatever becomes of it, and an unknown unit is exit 5.
# Without a KillMode, all that the unit started is asked to end.
# It cannot stand in for unit parsing (it takes ExecStart, Environment, KillMode, TimeoutStopSec, User and WorkingDirectory), dependencies, cgroups and linger.
set -u
PATH=/usr/bin:/bin
if [ "$1" = --user ]; then
  [ -n "${XDG_RUNTIME_DIR:-}" ] || { echo "Failed to connect to bus: No medium found" >&2 && exit 1; }
  units=$HOME/.config/systemd/user
  shift
else
  units=$FAKE_SERVICES/system
fi
state=$FAKE_SERVICES/systemd
mkdir -p "$state/known" "$units"

command=$1
shift
stop() {
  [ -d "$state/$1" ] || return 0
  : >"$state/$1/stop"
  kill -USR1 "$(cat "$state/$1/keeper" 2>/dev/null)" 2>/dev/null
  while [ -d "$state/$1" ]; do sleep 0.05; done
}
start() {
  mkdir "$state/$1"
  eval "set -- '$1' $(sed -n 's/^ExecStart=//p' "$state/known/$1" | sed 's/%%/%/g;s/\$\$/\\$/g')"
  unit=$1
  shift
  KEEP_ALIVE_KILL=$(sed -n 's/^TimeoutStopSec=//p' "$state/known/$unit")
  export KEEP_ALIVE_KILL="${KEEP_ALIVE_KILL:-90}"
  case $(sed -n 's/^KillMode=//p' "$state/known/$unit") in '' | control-group) export KEEP_ALIVE_GROUP=1 ;; esac
  # shellcheck disable=SC2013 # words, as there
  for variable in $(sed -n "s/%n/$unit/g; s/^Environment=//p" "$state/known/$unit"); do export "${variable?}"; done
  user=$(sed -n 's/^User=//p' "$state/known/$unit")
  [ -z "$user" ] || set -- setpriv --reuid "$user" --clear-groups "$@"
  folder=$(sed -n 's/^WorkingDirectory=//p' "$state/known/$unit")
  [ -n "$folder" ] || { folder=/ && [ "$units" = "$FAKE_SERVICES/system" ] || folder=$HOME; }
  cd "$folder" || exit 1
  env -u SSH_CONNECTION -u SSH_CLIENT setsid /bin/sh "$FAKE_SERVICES/keep-alive.sh" "$state/$unit" "$state/journal" "$@" >/dev/null 2>&1 </dev/null &
  while [ -d "$state/$unit" ] && [ ! -e "$state/$unit/pid" ]; do sleep 0.05; done
}

exec_start() {
  line=$(sed -n 's/^ExecStart=//p' "$state/known/$1" 2>/dev/null | tr -d '"')
  [ -z "$line" ] || echo "ExecStart={ path=${line%% *} ; argv[]=$line ; ignore_errors=no ; start_time=[n/a] ; stop_time=[n/a] ; pid=0 ; code=(null) ; status=0/0 }"
}

# Where the sessions are those of a user without rights, only sudo moves the system's units.
case $units-$command in
*/system-show) ;;
*/system-*)
  if [ -e "$FAKE_SERVICES/sudoers" ] && [ -z "${SUDO_USER:-}" ]; then
    echo "Failed to $command unit: Interactive authentication required." >&2
    exit 1
  fi
  ;;
esac

case $command in
daemon-reload)
  rm -f "$state/known"/*
  cp "$units"/*.service "$state/known/" 2>/dev/null
  exit 0
  ;;
enable)
  [ -f "$units/$1" ] || { echo "Failed to enable unit: Unit file $1 does not exist." >&2 && exit 1; }
  : >"$state/enabled-$1"
  ;;
restart)
  [ -f "$state/known/$1" ] || { echo "Failed to restart $1: Unit $1 not found." >&2 && exit 5; }
  stop "$1"
  start "$1"
  ;;
disable)
  [ "$1" = --now ] && shift && stop "$1"
  rm -f "$state/enabled-$1"
  ;;
stop) stop "$1" ;;
reset-failed) [ -f "$state/known/$1" ] || { echo "Failed to reset failed state of unit $1: Unit $1 not loaded." >&2 && exit 1; } ;;
show)
  case "$*" in *'*.service') # of all units, with a line between them
    for known in "$state/known"/*.service; do
      [ ! -f "$known" ] || { echo "Id=${known##*/}" && exec_start "${known##*/}" && echo "User=$(sed -n 's/^User=//p' "$known")" && grep '^WorkingDirectory=' "$known"; echo; }
    done
    exit 0
    ;;
  esac
  case $2 in
  ExecStart) exec_start "$3" ;;
  ActiveState)
    echo "$3" >>"$state/asked"
    if [ -d "$state/$3" ]; then echo ActiveState=active; else echo ActiveState=inactive; fi
    ;;
  WorkingDirectory) echo "WorkingDirectory=$(sed -n 's/^WorkingDirectory=//p' "$state/known/$3" 2>/dev/null)" ;;
  NRestarts) echo "NRestarts=$(cat "$state/$3/starts" 2>/dev/null || echo 0)" ;;
  User) echo "User=$(sed -n 's/^User=//p' "$state/known/$3" 2>/dev/null)" ;;
  *) echo "MainPID=$(cat "$state/$3/pid" 2>/dev/null || echo 0)" ;;
  esac
  ;;
*)
  echo "Unknown command verb $command." >&2
  exit 1
  ;;
esac
