#!/bin/sh
# shellcheck disable=SC2034,SC2153 # variables are shared with the other parts that systems/host/scripts.ts puts together
# For a separate user of zot: all steps of a run are done as that user, so that it owns every file and a run has no
# other rights. Only the SSH user, who waits at a desk beside the run, restarts the service: requests arrive in
# $DESK/in, whose name nobody else knows, and the only possible request is a restart. systems/host/scripts.ts puts the
# run itself, with its settings, into ZA_INNER.

# as_user WORDS…: a shell of that user with its script on stdin.
as_user() {
  if command -v sudo >/dev/null 2>&1 || [ "$(id -u)" != 0 ]; then sudo -n -u "$ZA_RUN_AS" /bin/sh -s "$@"
  elif command -v runuser >/dev/null 2>&1; then runuser -u "$ZA_RUN_AS" -- /bin/sh -s "$@"
  else su -s /bin/sh "$ZA_RUN_AS" -c "exec /bin/sh -s $*"; fi
}

# at_home: the variables that this user's shell needs to find its containers. A login session would set them.
at_home() {
  [ -n "$ZC_IMAGE" ] || return 0
  eval "home_of=~$ZA_RUN_AS"
  # shellcheck disable=SC2154,SC2016 # by eval; by that shell
  printf 'HOME=%s XDG_RUNTIME_DIR=/run/user/%s\nexport HOME\nif [ -d "$XDG_RUNTIME_DIR" ]; then export XDG_RUNTIME_DIR; else unset XDG_RUNTIME_DIR; fi\n' \
    "$home_of" "$(id -u "$ZA_RUN_AS")"
}

# shellcheck disable=SC2317 # run by `asked`
is_reached() { echo 'echo here' | as_user; }

# run_as_problem: prints which requirement of a run is missing.
run_as_problem() {
  if ! id -u "$ZA_RUN_AS" >/dev/null 2>&1; then echo no-user
  elif [ "$(id -un)" != "$ZA_RUN_AS" ] && [ "$(asked 10 is_reached 2>/dev/null)" != here ]; then echo no-sudo
  elif [ -n "$(forbidden)" ]; then echo no-restart; fi
}

# in_words CODE
in_words() {
  case $1 in
  no-user) echo "there is no user $ZA_RUN_AS (host.runAs)" ;;
  no-sudo) echo "$(id -un) may not run /bin/sh as $ZA_RUN_AS without a password (sudo -n -u $ZA_RUN_AS)" ;;
  no-restart) forbidden_in_words ;;
  esac
}

# working: the run's worker is alive; it belongs to another user, so it cannot be signalled.
working() {
  desk_worker=$(cat "$DESK/in/worker" 2>/dev/null)
  # ps of busybox takes no PID.
  [ -n "$desk_worker" ] && { [ -d "/proc/$desk_worker" ] || ps -p "$desk_worker" >/dev/null 2>&1; }
}

# at_desk: serves the run's requests until it ends: this shell waits for it, or its worker continues alone.
at_desk() {
  trap '' HUP PIPE
  until [ -e "$DESK/over" ]; do
    for desk_want in "$DESK"/in/want-*; do
      [ -f "$desk_want" ] || continue
      rm -f "$desk_want"
      start_again >"$DESK/says" 2>&1
      echo $? >"$DESK/status"
      chmod 644 "$DESK/says" "$DESK/status"
      mv -f "$DESK/status" "$DESK/done-${desk_want##*/want-}"
    done
    if ! kill -0 "$RUN_BY" 2>/dev/null; then
      working || break
    fi
    pause
  done
  rm -rf "$DESK"
}

main() {
  cd / || exit 1
  run_problem=$(run_as_problem)
  if [ -n "$run_problem" ]; then
    case ${1:-probe} in
    probe) printf 'runAs=%s\nzot-access-probe-end\n' "$run_problem" ;;
    *) echo "zot-access-result refused gapMs=- $(in_words "$run_problem"); nothing was changed" ;;
    esac
    exit 1
  fi
  if [ "${1:-probe}" = probe ]; then
    { at_home && printf 'ZA_DESK=none\n' && printf '%s' "$ZA_INNER"; } | as_user "$@"
    exit
  fi
  DESK=$(mktemp -d "${TMPDIR:-/tmp}/zot-access-desk.XXXXXXXXXX") && chmod 711 "$DESK" && mkdir "$DESK/in" && chmod 1733 "$DESK/in" || exit 1
  RUN_BY=$$
  at_desk </dev/null >/dev/null 2>&1 &
  { at_home && printf 'ZA_DESK=%s\n' "$DESK" && printf '%s' "$ZA_INNER"; } | as_user "$@"
  run_status=$?
  # A run whose own wait was interrupted continues with its worker, and may still send requests.
  working || : >"$DESK/over"
  exit "$run_status"
}

main "$@"
