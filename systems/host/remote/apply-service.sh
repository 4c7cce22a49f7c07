#!/bin/sh
# How apply.sh controls the service: launchd, systemd, or a command of the settings. The manager's report about the
# service decides, never an exit code alone: launchctl reports success for services that never came up.

service_file() {
  case $ZA_MANAGER in
  launchd) echo "$HOME/Library/LaunchAgents/$ZA_SERVICE.plist" ;;
  systemd)
    if [ "$ZA_SCOPE" = system ]; then echo "/etc/systemd/system/$ZA_SERVICE"; else
      echo "${XDG_CONFIG_HOME:-$HOME/.config}/systemd/user/$ZA_SERVICE"
    fi
    ;;
  esac
}

# put_service FILE: renames its definition into place. The mark tells the next run after an interruption that the
# manager may have loaded another definition.
put_service() {
  service_path=$(service_file)
  for service_log in "$ZA_LOG_OUT" "$ZA_LOG_ERR"; do [ -z "$service_log" ] || mkdir -p "${service_log%/*}" || return 1; done
  mkdir -p "${service_path%/*}" && put "$STATE/run/moved" yes || return 1
  if [ -L "$1.link" ]; then cp -pP "$1.link" "$service_path.new"; else
    cp "$1" "$service_path.new" && chmod 644 "$service_path.new"
  fi && mv -f "$service_path.new" "$service_path"
}
service_moved() { [ "$ZA_MANAGE" = 1 ] && [ -s "$STATE/run/moved" ]; }

systemctl_() {
  if [ "$ZA_SCOPE" = user ]; then
    XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-/run/user/$(id -u)} systemctl --user "$@"
  elif [ "$(id -u)" = 0 ]; then systemctl "$@"; else
    sudo -n systemctl "$@"
  fi
}

# Needs no rights, unlike what systemctl_ is for.
service_show() {
  if [ "$ZA_SCOPE" = user ]; then asked 10 systemctl_ show "$@"; else asked 10 systemctl show "$@"; fi 2>/dev/null
}

# Prints the domain in which the agent is loaded; fails, with the preferred one, when it is in none.
launchd_target() {
  for service_domain in "$ZA_SCOPE" gui user; do
    service_target="$service_domain/$(id -u)/$ZA_SERVICE"
    if asked 10 launchctl print "$service_target" >/dev/null 2>&1; then
      echo "$service_target"
      return 0
    fi
  done
  echo "$ZA_SCOPE/$(id -u)/$ZA_SERVICE"
  return 1
}

# The process that the manager started; empty if unknown.
service_pid() {
  case $ZA_MANAGER in
  launchd) asked 10 launchctl print "$(launchd_target)" 2>/dev/null | sed -n 's/^[[:space:]]*pid = \([0-9]*\).*/\1/p' | head -n 1 ;;
  systemd) service_show -p MainPID "$ZA_SERVICE" | sed -n 's/^MainPID=\([1-9][0-9]*\)$/\1/p' ;;
  esac
}

# zot_users: the ids of the users that the registry's zot runs as, one per line. ps of busybox does not show them;
# /proc does. If the manager reports its process, only that one and its children count: another user may run another
# zot from the same binary.
zot_users() {
  [ -z "$ZC_IMAGE" ] || return 0 # a container's user ids mean nothing on the host
  { ps -A -ww -o pid= -o ppid= -o uid= -o args= 2>/dev/null || proc_table; } | below "$(service_pid)" | while read -r zot_uid zot_arguments; do
    case $zot_arguments in
    */trial.*) ;; # a deploy's trial, which runs as the SSH user
    *"$ZC_ZOT serve "* | *" serve $ROOT/"*) echo "$zot_uid" ;;
    esac
  done
}
proc_table() {
  grep -sl serve /proc/[0-9]*/cmdline | while read -r proc_file; do
    proc_pid=${proc_file%/cmdline}
    proc_ids=$(sed -n 's/^PPid:[[:space:]]*\([0-9]*\).*/\1/p; s/^Uid:[[:space:]]*[0-9]*[[:space:]]*\([0-9]*\).*/\1/p' "${proc_file%/*}/status" 2>/dev/null | tr '\n' ' ')
    proc_words=$({ tr '\0' ' ' <"$proc_file"; } 2>/dev/null)
    # A process that ends in the meantime shows only a part, or nothing.
    case $proc_ids in *' '*' ') [ -z "$proc_words" ] || printf '%s\n' "${proc_pid#/proc/} $proc_ids$proc_words" ;; esac
  done
}

# service_user: the id of the user in another tool's unit, also while it does not run. A user's unit and a LaunchAgent
# run as their owner.
service_user() {
  [ "$ZA_MANAGER-$ZA_SCOPE-$ZA_MANAGE" = systemd-system-0 ] || return 0
  service_named=$(service_show -p User "$ZA_SERVICE" | sed -n 's/^User=//p')
  case $service_named in
  '' | *[!0-9]*) [ -z "$service_named" ] || id -u "$service_named" 2>/dev/null ;;
  *) echo "$service_named" ;; # a number without a name is valid
  esac
}

# other_user: prints the user that zot runs as, if it could not read what a deploy writes, or a deploy could not read
# what the launcher writes. Root reads everything, and without a launcher writes nothing that a deploy reads.
other_user() {
  for other_id in $(zot_users) $(service_user); do
    [ "$other_id" != "$(id -u)" ] || continue
    [ "$other_id-$ZA_LAUNCHED" != 0-0 ] || continue
    id -un "$other_id" 2>/dev/null || echo "$other_id"
    return 0
  done
}

launchd_unload() {
  clock
  service_began=$NOW service_by=$((NOW + ZA_RESTART_SECONDS))
  while service_target=$(launchd_target); do
    bounded 60 launchctl bootout "$service_target" >/dev/null 2>&1 # returns before the agent has gone
    clock
    [ "$NOW" -lt "$service_by" ] || return 1
    pause_since "$service_began"
  done
}

# bootstrap answers "5: Input/output error" while the old instance is still going down, and for a disabled label.
launchd_load() {
  clock
  service_began=$NOW service_by=$((NOW + 30))
  bounded 30 launchctl enable "$ZA_SCOPE/$(id -u)/$ZA_SERVICE" >/dev/null 2>&1
  until launchd_target >/dev/null; do
    service_says=$(bounded 30 launchctl bootstrap "$ZA_SCOPE/$(id -u)" "$(service_file)" 2>&1)
    case $service_says in
    *"Domain does not support"*) # nobody is logged in, so there is no gui domain
      echo "launchctl: $service_says: set the service's domain to user, or log in on the host's screen"
      return 1
      ;;
    esac
    clock
    if [ "$NOW" -ge "$service_by" ]; then
      echo "launchctl: $service_says"
      return 1
    fi
    pause_since "$service_began"
  done
}

restart_service() {
  if service_moved; then reload_service && rm -f "$STATE/run/moved"; else start_again; fi
}
# Longer than the sum of its parts' limits.
restart_in_time() { bounded $((ZA_RESTART_SECONDS + 180)) restart_service; }

# reload_service: with its current definition.
reload_service() {
  case $ZA_MANAGER in
  launchd) launchd_unload && launchd_load ;;
  systemd) bounded 60 systemctl_ daemon-reload && bounded 60 systemctl_ enable "$ZA_SERVICE" && bounded "$ZA_RESTART_SECONDS" systemctl_ restart "$ZA_SERVICE" ;;
  esac
}

# by_desk: the user of the SSH session restarts the service (as-user.sh).
by_desk() {
  desk_name=$(now_ms)
  : >"$ZA_DESK/in/want-$desk_name" || return 1
  desk_by=$(($(now) + ZA_RESTART_SECONDS + 160)) # longer than start_again may take
  until [ -f "$ZA_DESK/done-$desk_name" ]; do
    if [ ! -d "$ZA_DESK" ] || [ "$(now)" -ge "$desk_by" ]; then
      echo "zot-access: the session that restarts the service has ended: run pulumi up again"
      return 1
    fi
    pause
  done
  cat "$ZA_DESK/says"
  read -r desk_status <"$ZA_DESK/done-$desk_name"
  return "$desk_status"
}

# start_again: with the loaded definition.
start_again() {
  if [ -n "${ZA_DESK:-}" ]; then
    by_desk
  elif [ -n "$ZA_RESTART" ]; then
    bounded "$ZA_RESTART_SECONDS" /bin/sh -c "$ZA_RESTART"
  elif [ "$ZA_MANAGER" = launchd ] && service_target=$(launchd_target); then
    bounded "$ZA_RESTART_SECONDS" launchctl kickstart -k "$service_target" >/dev/null
  elif [ "$ZA_MANAGER" = launchd ]; then
    launchd_load
  else
    bounded 60 systemctl_ daemon-reload && { [ "$ZA_MANAGE" = 0 ] || bounded 60 systemctl_ enable "$ZA_SERVICE"; } &&
      bounded "$ZA_RESTART_SECONDS" systemctl_ restart "$ZA_SERVICE"
  fi
}

# remove_service: stops it and deletes its definition.
remove_service() {
  case $ZA_MANAGER in
  launchd) launchd_unload ;;
  systemd) bounded "$ZA_RESTART_SECONDS" systemctl_ disable --now "$ZA_SERVICE" ;;
  esac
  rm -f "$(service_file)" "$STATE/run/moved"
  [ "$ZA_MANAGER" != systemd ] || bounded 60 systemctl_ daemon-reload
}
