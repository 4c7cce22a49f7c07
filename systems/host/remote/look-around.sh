#!/bin/sh
# Looks for a zot that runs or is meant to run on this host, and changes nothing. systems/host/installation.ts sends it over SSH behind
# containers.sh, and reads what it prints: parts that each begin with a line `== NAME`.
set -u

part() { echo "== $*"; }

# zots: pid, user and command line of what serves a config, one a line.
zots() {
  if ps -A >/dev/null 2>&1; then
    ps -A -ww -o pid= -o user= -o args= 2>/dev/null
  else
    for zots_proc in /proc/[0-9]*; do
      # shellcheck disable=SC2012 # one folder; stat differs between GNU and BSD
      { echo "${zots_proc#/proc/} $(ls -ld "$zots_proc" | awk '{print $3}') $(tr '\0' ' ' <"$zots_proc/cmdline")"; } 2>/dev/null
    done
  fi | grep -e ' serve /' -e 'zot[^ /]* serve [^ ].*\.json *$' -e 'zot[^ /]* serve [^ ].*\.ya\{0,1\}ml *$'
}

part os
uname -s
part user
id -un
part home
echo "$HOME"
part processes
zots
zots | while read -r pid _; do
  part "cwd $pid"
  place_of "$pid" cwd
  part "exe $pid"
  place_of "$pid" exe
  [ -r "/proc/$pid/cgroup" ] || continue
  part "cgroup $pid"
  cat "/proc/$pid/cgroup"
  # A process in a namespace of its own has a number there, too.
  part "inside $pid"
  sed -n 's/^NSpid:[[:space:]]*//p' "/proc/$pid/status" 2>/dev/null
done
for runtime in podman docker; do
  command -v "$runtime" >/dev/null 2>&1 || continue
  # shellcheck disable=SC2046 # one word each; their names have no blanks
  set -- $(asked 10 "$runtime" volume ls -q 2>/dev/null)
  if [ $# -gt 0 ]; then
    part "volumes $runtime"
    asked 10 "$runtime" volume inspect --format '{{.Name}} {{.Mountpoint}}' "$@" 2>/dev/null
  fi
  ids=$(asked 10 "$runtime" ps -aq --no-trunc 2>/dev/null)
  [ -n "$ids" ] || continue
  part "containers $runtime"
  # shellcheck disable=SC2086 # one word each
  containers_told "$runtime" $ids
done
part enforcing
cat /sys/fs/selinux/enforce 2>/dev/null
if command -v systemctl >/dev/null 2>&1; then
  part units user
  XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-/run/user/$(id -u)} asked 10 systemctl --user show -p Id -p ExecStart -p User -p WorkingDirectory '*.service' 2>/dev/null
  part units system
  asked 10 systemctl show -p Id -p ExecStart -p User -p WorkingDirectory '*.service' 2>/dev/null
fi
for plist in "$HOME"/Library/LaunchAgents/*.plist /Library/LaunchAgents/*.plist /Library/LaunchDaemons/*.plist; do
  [ -r "$plist" ] || continue
  text=$({ plutil -convert xml1 -o - "$plist" || cat "$plist"; } 2>/dev/null)
  case $text in
  *"<string>serve</string>"* | *zot-access/current/launcher.sh*)
    part "plist $plist"
    printf '%s\n' "$text"
    ;;
  esac
done
part end
