#!/bin/sh
# Keeps zot alive on the rehearsal's host as launchd does with RunAtLoad and KeepAlive: starts it again whenever it ends, at
# most once per THROTTLE seconds, except on a restart that was asked for; what does not end within 20 seconds of SIGTERM is killed,
# as there without an ExitTimeOut, though what it started lives on. Before the first deploy it runs zot with its plain
# config, afterwards the launcher, or for ever what FOLDER/served names where FOLDER/plain is there. FOLDER/ends has a line for each end
# that nobody asked for. It cannot stand in for launchd's domains, login items or process groups.
# Usage: supervisor.sh run FOLDER CONFIG_FOLDER ZOT THROTTLE [UID:GID of the service] | restart FOLDER | status FOLDER
set -u

service() {
  set --
  [ -z "$AS" ] || set -- setpriv --reuid "${AS%%:*}" --regid "${AS##*:}" --clear-groups
  if [ ! -f "$FOLDER/plain" ] && [ -f "$CONFIG_FOLDER/zot-access/current/launcher.sh" ]; then
    exec "$@" /bin/sh "$CONFIG_FOLDER/zot-access/current/launcher.sh"
  fi
  SERVED=$(cat "$FOLDER/served" 2>/dev/null)
  exec "$@" "$ZOT" serve "${SERVED:-$CONFIG_FOLDER/config.json}"
}

end() {
  [ -n "$CHILD" ] || return 0
  kill -TERM "$CHILD" 2>/dev/null
  (
    end_ticks=400
    while kill -0 "$CHILD" 2>/dev/null && [ "$end_ticks" -gt 0 ]; do end_ticks=$((end_ticks - 1)) && sleep 0.05; done
    [ "$end_ticks" -gt 0 ] || kill -KILL "$CHILD" 2>/dev/null
  ) &
}

run() {
  CONFIG_FOLDER=$1 ZOT=$2 THROTTLE=$3 AS=${4:-}
  RESTART='' STOP='' CHILD=''
  trap 'RESTART=1; end' USR1
  trap 'STOP=1; end' TERM INT
  echo $$ >"$FOLDER/supervisor.pid"
  : >"$FOLDER/ends"
  while [ -z "$STOP" ]; do
    RESTART='' BEGAN=$(date +%s)
    service >>"$FOLDER/service.log" 2>&1 &
    CHILD=$!
    echo "$CHILD" >"$FOLDER/child.pid.new" && mv "$FOLDER/child.pid.new" "$FOLDER/child.pid"
    wait "$CHILD"
    while kill -0 "$CHILD" 2>/dev/null; do wait "$CHILD"; done # a trapped signal ends `wait` early
    [ -n "$RESTART$STOP" ] || echo "$CHILD" >>"$FOLDER/ends"
    while [ -z "$RESTART$STOP" ] && [ $(($(date +%s) - BEGAN)) -lt "$THROTTLE" ]; do sleep 0.1; done
  done
}

# Returns when the old process has gone and a new one was started.
restart() {
  old=$(cat "$FOLDER/child.pid")
  kill -USR1 "$(cat "$FOLDER/supervisor.pid")" || exit 1
  while kill -0 "$old" 2>/dev/null || [ "$(cat "$FOLDER/child.pid")" = "$old" ]; do sleep 0.05; done
}

status() {
  if kill -0 "$(cat "$FOLDER/child.pid")" 2>/dev/null; then echo "running"; else echo "down"; exit 1; fi
}

COMMAND=$1 FOLDER=$2
shift 2
"$COMMAND" "$@"
