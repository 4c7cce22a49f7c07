#!/bin/sh
# A fake launchctl, after launchctl(1) and what macOS 14 and 15 print. As there: bootout returns before the agent is gone,
# bootstrap answers 5 while it is loaded or going down or disabled, kickstart reports success for agents that die at once,
# the gui domain is only there while somebody is logged in, and an agent runs what was in its plist when it was loaded.
# A plist that others may write, that belongs to another user or is not well-formed is refused; an agent whose log has no folder is
# loaded and never runs (exit code 78), nor does one without RunAtLoad and KeepAlive; what does not end in ExitTimeOut is killed.
# It cannot stand in for all of plist parsing (it takes Label, ProgramArguments and what is named here), sessions and login items.
set -u
PATH=/usr/bin:/bin
state=$FAKE_SERVICES/launchd
mkdir -p "$state/disabled"

die() {
  echo "$2" >&2
  exit "$1"
}
# folder_of DOMAIN/UID/LABEL: sets FOLDER.
folder_of() {
  folder_rest=${1#*/}
  FOLDER=$state/loaded-${1%%/*}-${folder_rest%%/*}-${folder_rest#*/}
}
loaded() { folder_of "$1" && [ -d "$FOLDER" ]; }
folder() { folder_of "$1" && echo "$FOLDER"; }
# well_formed FILE: every element that is opened is closed, and an ampersand begins an entity.
well_formed() {
  tr '>' '\n' <"$1" | awk -F'<' '
    /&/ { rest = $0; gsub(/&(amp|lt|gt|quot|apos);/, "", rest); if (rest ~ /&/) bad = 1 }
    $2 ~ /^\// { if (open[depth--] != substr($2, 2)) bad = 1; next }
    $2 ~ /^[a-z]/ && $2 !~ /\/$/ { split($2, word, " "); open[++depth] = word[1] }
    END { exit bad || depth }
  '
}
# starts FILE: an agent without either is loaded, and waits.
starts() { tr -d '\n\t ' <"$1" | grep -qE '<key>(RunAtLoad|KeepAlive)</key><true/>'; }
# look ID: has its keeper look at what was asked for.
look() { kill -USR1 "$(cat "$(folder "$1")/keeper" 2>/dev/null)" 2>/dev/null || :; }
domain_there() { case $1 in gui/*) [ -e "$state/gui" ] ;; *) return 0 ;; esac }

command=$1
shift
case $command in
print)
  loaded "$1" || die 113 "Could not find service \"${1##*/}\" in domain for ${1%/*}"
  pid=$(cat "$(folder "$1")/pid" 2>/dev/null)
  echo "$1 = {"
  echo "	active count = 1"
  if [ -n "$pid" ]; then printf '	state = running\n\tpid = %s\n' "$pid"; else echo "	state = spawn scheduled"; fi
  echo "}"
  ;;
enable) rm -f "$state/disabled/${1##*/}" ;;
disable) : >"$state/disabled/${1##*/}" ;;
bootstrap)
  domain_there "$1" || die 125 "Bootstrap failed: 125: Domain does not support specified action"
  [ -f "$2" ] || die 5 "Bootstrap failed: 5: Input/output error"
  label=$(sed -n '/<key>Label</{n;s/.*<string>\(.*\)<.*/\1/p;}' "$2")
  case $(ls -l "$2") in ?????w* | ????????w*) die 5 "Bootstrap failed: 5: Input/output error" ;; esac
  [ "$(stat -c %u "$2")" = "$(id -u)" ] || die 5 "Bootstrap failed: 5: Input/output error"
  if [ -z "$label" ] || ! well_formed "$2"; then die 5 "Bootstrap failed: 5: Input/output error"; fi
  if loaded "$1/$label" || [ -e "$state/disabled/$label" ]; then die 5 "Bootstrap failed: 5: Input/output error"; fi
  out=$(sed -n '/<key>StandardOutPath</{n;s/.*<string>\(.*\)<.*/\1/p;}' "$2")
  log=$(sed -n '/<key>StandardErrorPath</{n;s/.*<string>\(.*\)<.*/\1/p;}' "$2")
  mkdir "$(folder "$1/$label")"
  if [ ! -d "$(dirname "${out:-/dev/null}")" ] || [ ! -d "$(dirname "${log:-/dev/null}")" ]; then exit 0; fi
  starts "$2" || exit 0
  [ -z "$out" ] || export KEEP_ALIVE_OUT="$out"
  KEEP_ALIVE_KILL=$(sed -n '/<key>ExitTimeOut</{n;s/.*<integer>\(.*\)<.*/\1/p;}' "$2")
  export KEEP_ALIVE_KILL="${KEEP_ALIVE_KILL:-20}"
  sed -n '/<array>/,/<\/array>/s/.*<string>\(.*\)<\/string>.*/\1/p' "$2" >"$state/arguments"
  set -- "$(folder "$1/$label")"
  while read -r argument; do set -- "$@" "$argument"; done <"$state/arguments"
  folder=$1
  shift
  env -u SSH_CONNECTION -u SSH_CLIENT setsid /bin/sh "$FAKE_SERVICES/keep-alive.sh" "$folder" "${log:-/dev/null}" "$@" >/dev/null 2>&1 </dev/null &
  ;;
bootout)
  loaded "$1" || die 3 "Boot-out failed: 3: No such process"
  : >"$(folder "$1")/stop"
  look "$1"
  ;;
kickstart)
  [ "$1" = -k ] && shift
  loaded "$1" || die 113 "Could not find service \"${1##*/}\" in domain for ${1%/*}"
  : >"$(folder "$1")/again"
  look "$1"
  ;;
*) die 64 "Unrecognized subcommand: $command" ;;
esac
