#!/bin/sh
# Runs zot for launchd, systemd or any supervisor, from the set of files that lies beside it. zot panics at its start while
# its OIDC issuer is unreachable, and the issuer's own image may live in zot. So: issuer answers -> full config; otherwise
# the fallback config (the same without http.auth.openid: anonymous pulls and API keys work) until the issuer is back.
set -u
umask 077

say() { echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) zot-access launcher: $*" >&2; }

# Signals of the supervisor go to zot. zot 2.1.20 serves for 50 ms more and then cuts what is under way (measured); should
# another version drain, there is time for it.
# shellcheck disable=SC2317 # run by the traps
stop() {
  STOPPING=1
  [ -z "$REST" ] || kill "$REST" 2>/dev/null
  [ -z "$ZOT" ] || end_zot
}

# end_zot: begins to end it, and makes sure of it. zot 2.1.20 that waits to ask an upstream of its sync again ends minutes after
# SIGTERM (measured), and not every supervisor kills. Of a container the runtime does both: a client that is killed leaves it
# running.
# shellcheck disable=SC2317 # run by the traps, too
end_zot() {
  [ "$ENDING" != "$ZOT" ] || return 0
  ENDING=$ZOT
  if [ -z "$ZC_IMAGE" ]; then
    kill -TERM "$ZOT" 2>/dev/null
    end_of "$ZOT" "$ZOT_STARTED" &
  else
    # The container may not be there yet, which `stop` takes for nothing to do.
    { while alive "$ZOT" "$ZOT_STARTED"; do bounded $((ZL_DRAIN + 30)) "$ZC_RUNTIME" stop -t "$ZL_DRAIN" "$ZC_NAME" >/dev/null 2>&1 || pause; done; } &
  fi
}

# rest SECONDS: sleeps, but not through a signal.
rest() {
  sleep "$1" &
  REST=$!
  wait "$REST" 2>/dev/null
  kill "$REST" 2>/dev/null
  REST=
}

# end_of PID STARTED: waits until that process is gone, and makes sure of it after the time to drain.
end_of() {
  end_by=$(($(now) + ZL_DRAIN))
  while alive "$1" "$2"; do
    clock
    if [ "$NOW" -ge "$end_by" ]; then
      say "zot (pid $1) did not end within ${ZL_DRAIN}s of SIGTERM: killing it"
      kill -KILL "$1" 2>/dev/null
      end_by=$(($(now) + ZL_DRAIN))
    fi
    pause
  done
}

# recorded NAME: sets PID and PID_STARTED from the file that names a process.
recorded() {
  PID='' PID_STARTED=''
  [ ! -f "$RUN/$1.pid" ] || read -r PID PID_STARTED <"$RUN/$1.pid" || :
}

# note NAME TEXT: keeps it in one step. A full disk keeps no zot from serving; what cannot be noted is unknown, which makes
# the next deploy restart zot.
note() {
  { printf '%s\n' "$2" >"$RUN/$1.new" && mv -f "$RUN/$1.new" "$RUN/$1"; } 2>/dev/null && return 0
  rm -f "$RUN/$1.new" "$RUN/$1"
  say "WARNING: $RUN/$1 cannot be written (is the disk full?)"
}

# alone: a second launcher leaves.
alone() {
  recorded launcher
  if [ "$PID" != "$$" ] && alive "$PID" "$PID_STARTED"; then
    say "another launcher (pid $PID) runs zot already; end that one first"
    exit 1
  fi
  note launcher.pid "$$ $(started $$)"
}

# One launcher, one zot: a zot whose launcher was killed is ended before another starts.
claim() {
  alone
  recorded zot
  if alive "$PID" "$PID_STARTED"; then
    say "ending a zot (pid $PID) that a killed launcher left behind"
    kill -TERM "$PID" 2>/dev/null
    end_of "$PID" "$PID_STARTED"
  fi
}

# choose: sets MODE and FILE.
choose() {
  MODE=full FILE=$SET/live.$ZL_EXT
  [ -f "$SET/fallback.$ZL_EXT" ] || return 0
  choose_by=$(($(now) + ZL_BOOT))
  until [ "$STOPPING" ] || issuer_answers "$ZL_ISSUER" 5; do
    if [ "$(now)" -ge "$choose_by" ]; then
      MODE=fallback
      return 0
    fi
    rest 1
  done
}

run_zot() {
  if [ "$MODE" = fallback ]; then
    FILE=$RUN/fallback.$ZL_EXT
    cp -p "$SET/fallback.$ZL_EXT" "$FILE" 2>/dev/null || FILE=$SET/fallback.$ZL_EXT
    say "WARNING: $ZL_ISSUER does not answer ($ISSUER_PROBLEM): zot starts WITHOUT logins; pulls and API keys work"
  fi
  # Of a launcher that was killed together with the runtime's client.
  [ -z "$ZC_IMAGE" ] || bounded 60 "$ZC_RUNTIME" rm -f "$ZC_NAME" >/dev/null 2>&1
  # shellcheck disable=SC2034 # for zot_exec
  { ZC_ARGS=$ZC_SERVE && zot_exec serve "$FILE"; } &
  ZOT=$!
  ZOT_STARTED=$(started "$ZOT")
  BEGAN=$(now)
  note opened "$MODE
$FILE"
  note zot.pid "$ZOT $ZOT_STARTED"
  # A runtime that hangs in it must not keep this from the issuer or a signal. Until it is known, no deploy takes the old one for it.
  rm -f "$RUN/version"
  { ran_version=$(zot_version) && { ! alive "$ZOT" "$ZOT_STARTED" || note version "$ran_version"; }; } &
}

# Ends when zot has ended, with its status in STATUS; or, in the fallback, when the issuer is back and zot has been ended.
watch_zot() {
  BACK=
  while [ "$MODE" = fallback ] && [ ! "$STOPPING" ] && alive "$ZOT" "$ZOT_STARTED"; do
    rest "$DELAY"
    if [ ! "$STOPPING" ] && issuer_answers "$ZL_ISSUER" 5; then
      say "$ZL_ISSUER answers again: zot restarts with the full config"
      BACK=1
      end_zot
      break
    fi
  done
  STATUS=0
  wait "$ZOT" || STATUS=$?
  while alive "$ZOT" "$ZOT_STARTED"; do # a trapped signal ends `wait` early
    wait "$ZOT" && STATUS=0 || STATUS=$?
  done
  ZOT=
}

main() {
  SET=$(cd "$(dirname "$0")" && pwd -P) || exit 1
  # shellcheck source=/dev/null # written by systems/host/payload.ts: ZC_… ZA_… ZL_ISSUER ZL_STATE ZL_EXT ZL_BOOT ZL_POLL ZL_DRAIN ZL_START
  . "$SET/launcher.env" || exit 1
  RUN=$ZL_STATE/run
  mkdir -p "$RUN" 2>/dev/null
  STOPPING='' REST='' ZOT='' ENDING='' ISSUER_PROBLEM='' DELAY=$ZL_POLL
  trap stop TERM INT HUP
  if [ "${1:-}" = beside ]; then
    beside
    exit
  fi
  claim
  choose
  while [ ! "$STOPPING" ]; do
    run_zot
    [ ! "$STOPPING" ] || end_zot
    watch_zot
    [ ! "$STOPPING" ] || break
    if [ "$BACK" ]; then
      # The set may have been changed by a hot reload meanwhile.
      NEXT=$(cd "$ZL_STATE/current" && pwd -P) && SET=$NEXT
      MODE=full FILE=$SET/live.$ZL_EXT
    elif [ "$MODE" = full ] && [ -f "$SET/fallback.$ZL_EXT" ] && [ "$STATUS" -ne 0 ] && [ $(($(now) - BEGAN)) -lt 15 ]; then
      # zot judged the issuer otherwise than curl did, for instance its certificate: serve, and ask again ever later.
      ISSUER_PROBLEM="zot ended with status $STATUS right after its start with the full config"
      MODE=fallback DELAY=$((DELAY * 2 > 600 ? 600 : DELAY * 2))
    else
      break
    fi
  done
  say "zot has ended with status ${STATUS:-0}"
  exit "${STATUS:-0}"
}

main "$@"
