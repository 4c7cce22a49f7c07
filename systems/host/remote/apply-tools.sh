#!/bin/sh
# shellcheck disable=SC2034,SC2153 # variables are shared with the other parts that systems/host/scripts.ts puts together
# Small tools of apply.sh.

# because TEXT: prints why something failed, and fails.
because() {
  WHY=$1
  return 1
}

log() { echo "zot-access: $*" >&2; }

# Milliseconds; whole seconds without GNU's date and perl (every macOS has perl).
now_ms() {
  now_ns=$(date +%s%N)
  case $now_ns in
  *[!0-9]*) perl -MTime::HiRes=time -e 'printf "%d\n", time * 1000' 2>/dev/null || date +%s000 ;;
  *) echo $((now_ns / 1000000)) ;;
  esac
}

# within SECONDS COMMAND…: repeats the command until it succeeds; fails at the time limit.
within() {
  clock
  within_began=$NOW within_by=$((NOW + $1))
  shift
  until "$@"; do
    clock
    [ "$NOW" -lt "$within_by" ] || return 1
    pause_since "$within_began"
  done
}

# Texts are passed to printf, a builtin in every shell: a process list shows nothing of them.
holds() { [ -f "$1" ] && printf '%s' "$2" | cmp -s - "$1"; }
put() { printf '%s' "$2" >"$1" && holds "$1" "$2"; }
# fill TEXT MARK VALUE: prints the text with every mark replaced.
fill() {
  fill_rest=$1
  while :; do
    case $fill_rest in *"$2"*) ;; *) break ;; esac
    fill_part=${fill_rest%%"$2"*}
    printf '%s%s' "$fill_part" "$3"
    fill_rest=${fill_rest#*"$2"}
  done
  printf '%s\n' "$fill_rest"
}

# zot_error: why zot ended, in one line, from its output. The error begins at the last "Error: " and may have several
# lines, such as one per unknown key of the config. Values may be secret, also on several lines, and are removed.
zot_error() {
  awk '
    /^(\* )?\047[A-Z][^ ]*\047 / || /^[{]/ || /^(Error|panic): / { within = 0 }
    within { next }
    {
      within = sub(/, value: .*/, ", value: (not shown)")
      gsub(/:\/\/[^"]*@/, "://(not shown)@")
      gsub(/[?&][A-Za-z0-9_.-]+=[^" ]*/, "?(not shown)")
      gsub(/(invalid (port|URL escape|duration)|parsing) [\\]?"[^"]*"/, "invalid part (not shown)")
    }
    /^Error: / { reason = ""; ours = 1 }
    /^panic: / { reason = $0; ours = 0 }
    /^[{]/ { if ($0 ~ /"level":"(error|panic|fatal)"/) logged = $0; next }
    ours && NF { reason = reason (reason == "" ? "" : " ") $0 }
    !ours && tolower($0) ~ /error|panic|fatal/ { other = $0 }
    END { print reason != "" ? reason : other != "" ? other : logged }
  ' | cut -c 1-1000
}

read_file() { cat "$1" 2>/dev/null || :; }
# shellcheck disable=SC2012 # one file with a name of ours; stat differs between GNU and BSD
private() { case $(ls -lL "$1" 2>/dev/null) in -rw-------*) return 0 ;; *) return 1 ;; esac }
same_or_absent() { cmp -s "$1" "$2" || { [ ! -e "$1" ] && [ ! -e "$2" ]; }; }
