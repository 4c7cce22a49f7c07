#!/bin/sh
# Functions that apply.sh, probe.sh and launcher.sh share. POSIX sh with what macOS and Linux ship.

# clock: sets NOW to seconds for deadlines alone, without a process of its own where there is /proc. A clock that is set, as a host
# often does soon after its boot, moves none of them; macOS tells no other time without a program of its own.
clock() {
  { read -r NOW _ </proc/uptime; } 2>/dev/null && NOW=${NOW%%.*} && return
  NOW=$(date +%s)
}
now() { clock && echo "$NOW"; }

# A short rest; a sleep that refuses fractions rests a second instead.
pause() { sleep "${1:-0.05}" 2>/dev/null || sleep 1; }

# pause_since SECONDS: between two looks at what was begun at that time of the clock. A service usually comes up in the first seconds,
# while a user waits; each request costs a small host 20 ms of CPU time.
pause_since() {
  clock
  case $((NOW - $1)) in
  0) pause ;;
  1 | 2) pause 0.1 ;;
  *) pause 0.5 ;;
  esac
}

# bounded SECONDS COMMAND…: macOS has no timeout. The command is a process of its own, so it ends what it began even when
# this script is killed. A service that it starts must not inherit that an undo ignores signals: it could never be ended.
bounded() {
  clock
  bounded_by=$((NOW + $1)) bounded_looks=0
  shift
  { trap - TERM INT; "$@"; } &
  bounded_job=$!
  while kill -0 "$bounded_job" 2>/dev/null; do
    bounded_looks=$((bounded_looks + 1))
    if [ "$bounded_looks" -lt 20 ]; then # most of them end at once, and somebody waits
      sleep 0.01 2>/dev/null || sleep 1
      continue
    fi
    clock
    if [ "$NOW" -ge "$bounded_by" ]; then
      # shellcheck disable=SC2046 # numbers
      kill -KILL $("${BOUNDED_ENDS:-echo}" "$bounded_job") 2>/dev/null
      echo "zot-access: '$1' took too long and was ended" >&2
      return 124
    fi
    if [ "$bounded_looks" -lt 60 ]; then pause; else pause 0.2; fi
  done
  wait "$bounded_job"
}

# asked SECONDS COMMAND…: the same for what only tells something. All that it started ends with it: whoever reads what it prints would
# wait for the last of them. With a restart that is left alone: the service may be among it.
asked() (
  BOUNDED_ENDS=tree_of
  bounded "$@"
)

# tree_of PID: prints that process and all that it started. ps of busybox cannot say it; there is /proc then.
tree_of() {
  echo "$1"
  { ps -A -o pid= -o ppid= -o pid= 2>/dev/null || sed -n 's/^\([0-9]*\) (.*) [A-Za-z] \([0-9]*\) .*/\1 \2 \1/p' /proc/[0-9]*/stat 2>/dev/null; } | below "$1"
}

# below PID: filters a table of processes (PID, parent, more) to that one and its children; all of them if PID is empty. Prints what each
# has besides the two.
below() {
  awk -v top="$1" '
    { pid[NR] = $1; parent[$1] = $2; sub(/^[ \t]*[0-9]+[ \t]+[0-9]+[ \t]+/, "", $0); told[NR] = $0 }
    END {
      for (row = 1; row <= NR; row++) {
        at = pid[row]
        while (top != "" && at != top && at in parent && parent[at] != at) at = parent[at]
        if (top == "" || at == top) print told[row]
      }
    }'
}

# look_at PID: sets STARTED to what, with the PID, names one process for good, because PIDs are used again; on Linux its ticks since
# the boot and which boot that was, as a boot may well give the same PID at the same tick. Sets STATE_OF to its state, where there is
# /proc. All who wait for a process ask this many times, so it starts none.
look_at() {
  if { read -r look_line <"/proc/$1/stat"; } 2>/dev/null; then
    look_boot=
    { read -r look_boot </proc/sys/kernel/random/boot_id; } 2>/dev/null
    # Its name, in brackets, may hold blanks and brackets. The rest is a letter and numbers.
    # shellcheck disable=SC2086 # one word each
    set -- ${look_line##*) }
    STATE_OF=${1:-} STARTED=${20:-}-${look_boot%%-*}
  else
    STATE_OF=
    STARTED=$(LC_ALL=C ps -o lstart= -p "$1" 2>/dev/null | tr -cs '[:alnum:]' '-')
  fi
}
started() { look_at "$1" && echo "$STARTED"; }

# alive PID STARTED: that very process runs. One that ended and was not yet waited for does not.
alive() {
  case $1 in '' | *[!0-9]*) return 1 ;; esac
  kill -0 "$1" 2>/dev/null || return 1
  look_at "$1"
  [ "$STATE_OF" != Z ] && [ "$STARTED" = "$2" ]
}

# json_text NAME: prints the last string of that name in the JSON document on stdin, or nothing.
json_text() {
  tr -d '\n\r' | sed -n 's/.*"'"$1"'"[[:space:]]*:[[:space:]]*"\([^"]*\)".*/\1/p' | sed 's,\\/,/,g'
}

# zot_exec WORDS…: becomes zot, in a container of its image where it runs in one. ZC_ARGS holds words of `run`, one a line.
zot_exec() {
  [ -n "$ZC_IMAGE" ] || exec "$ZC_ZOT" "$@"
  set -f
  zot_ifs=$IFS IFS='
'
  # shellcheck disable=SC2086 # one word a line
  set -- $ZC_ARGS "$ZC_IMAGE" "$@"
  IFS=$zot_ifs
  set +f
  exec "$ZC_RUNTIME" run --rm "$@"
}
zot_run() (zot_exec "$@")

# zot_version: prints 2.1.20 for `"commit":"v2.1.20-0-g1234"` in what `zot --version` logs.
# It reads no file, and what is mounted for others may not be there yet.
# Fails with 124 where it did not answer in time.
zot_version() {
  zot_mounts=$ZC_ARGS
  [ -z "$ZC_IMAGE" ] || ZC_ARGS=$(printf '%s\n' "$ZC_ARGS" | grep -v '^--volume=')
  version_says=$(asked "${VERSION_SECONDS:-60}" zot_run --version 2>&1 </dev/null)
  version_status=$?
  ZC_ARGS=$zot_mounts
  printf '%s\n' "$version_says" | json_text commit | sed -n 's/^v\{0,1\}\([0-9]*\.[0-9]*\.[0-9]*\).*/\1/p'
  [ "$version_status" != 124 ] || return 124
}

# issuer_answers ISSUER SECONDS: the discovery document is there and names this issuer, as zot will demand at its start.
# Sets ISSUER_DOCUMENT, or ISSUER_PROBLEM.
# No more than a megabyte is read: before 8.4, curl's own limit
# does nothing where an answer does not say its length.
issuer_answers() {
  ISSUER_PROBLEM=
  ISSUER_DOCUMENT=$({
    curl -q -fsSL --max-redirs 5 --max-time "$2" "${1%/}/.well-known/openid-configuration" 2>&1
    printf '\nzot-access-curl %s' "$?"
  } 2>/dev/null | head -c 1048576)
  case $ISSUER_DOCUMENT in
  *'zot-access-curl 0') ;;
  *'zot-access-curl '[0-9] | *'zot-access-curl '[0-9][0-9])
    ISSUER_PROBLEM=$(printf '%s\n' "$ISSUER_DOCUMENT" | grep '^curl: ' | head -n 1 | cut -c 1-200)
    return 1
    ;;
  *)
    ISSUER_PROBLEM="its discovery document is larger than a megabyte"
    return 1
    ;;
  esac
  issuer_named=$(printf '%s' "$ISSUER_DOCUMENT" | json_text issuer)
  [ "$issuer_named" = "$1" ] && return 0
  # shellcheck disable=SC2034 # for whoever asked
  ISSUER_PROBLEM="its discovery document names '$(printf '%s' "$issuer_named" | cut -c 1-200)' as the issuer"
  return 1
}

# lock_top: sets LOCK_TOP to the highest number in $STATE/locks (apply-lock.sh), 0 for none.
lock_top() {
  LOCK_TOP=0
  for lock_entry in "$STATE"/locks/*; do
    lock_entry=${lock_entry##*/}
    case $lock_entry in '' | *[!0-9]*) continue ;; esac
    [ "$lock_entry" -le "$LOCK_TOP" ] || LOCK_TOP=$lock_entry
  done
}
