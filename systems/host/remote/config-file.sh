#!/bin/sh
# shellcheck disable=SC2034,SC2153 # variables are shared with the other parts that systems/host/scripts.ts puts together
# For the probe: which file zot reads.

# served_in: the file after `serve` in the command lines on stdin. This program's launcher starts zot with a set's
# file.
served_in() {
  sed -n 's/^.* serve \(\/.*[^ ]\) *$/\1/p' | grep -v -e "^$STATE/" -e '/trial\.[a-z]*$' | head -n 1
}

# served_by_process: the arguments of the running zot: the service's process, otherwise one that is certainly this
# zot.
served_by_process() {
  served_pid=$(service_pid)
  served_line=
  if [ -n "$served_pid" ]; then
    served_line=$({ tr '\0' ' ' <"/proc/$served_pid/cmdline" || ps -ww -o args= -p "$served_pid"; } 2>/dev/null | served_in)
  fi
  if [ -n "$served_line" ]; then printf '%s\n' "$served_line"; else
    { ps -A -ww -o args= 2>/dev/null || proc_lines; } | while read -r served_line; do
      # Without programs that got the search text as an argument: such a search would find itself.
      case $served_line in *"$ZC_ZOT serve "* | *" serve $ROOT/"*) printf '%s\n' "$served_line" ;; esac
    done | served_in
  fi
}
proc_lines() {
  for proc_file in /proc/[0-9]*/cmdline; do { tr '\0' ' ' <"$proc_file" && echo; } 2>/dev/null; done
}

# served_by_definition: the arguments in the service's definition.
served_by_definition() {
  case $ZA_MANAGER in
  launchd)
    tr -d '\n' <"$(service_file)" 2>/dev/null | sed -n 's,.*<string>serve</string>[[:space:]]*<string>\(/[^<]*\)</string>.*,\1,p' |
      sed 's/&lt;/</g;s/&gt;/>/g;s/&quot;/"/g;s/&apos;/'"'"'/g;s/&amp;/\&/g'
    ;;
  systemd)
    service_show -p ExecStart "$ZA_SERVICE" | sed -n 's/^ExecStart=.*argv\[\]=\(.* serve \/.*\) ; ignore_errors=.*/\1/p' | served_in
    ;;
  esac
}

# served_by_container: the arguments of the container, running or not, as a path of the host.
# shellcheck disable=SC2153 # set by what systems/host/scripts.ts puts before this
served_by_container() {
  served_inside=$(asked 10 "$ZC_RUNTIME" container inspect --format '{{range .Args}}{{println .}}{{end}}' "$ZC_NAME" 2>/dev/null |
    awk 'next_is { print; exit } $0 == "serve" { next_is = 1 }')
  case $served_inside in "$STATE"/*) ;; /*) on_host "$served_inside" ;; esac
}

# served_beside: another file of the folder that the service serves, if the settings name one.
served_beside() {
  [ "$CONFIG_FROM" = settings ] || return 0
  beside_file=$(if [ -n "$ZC_IMAGE" ]; then served_by_container; else served_by_definition; fi)
  # A link may well lead to the file of the settings.
  [ "${beside_file%/*}" != "$ROOT" ] || [ "$beside_file" = "$CONFIG_FILE" ] || [ -L "$beside_file" ] || echo "$beside_file"
}

# lying: the configs in the folder, one per line.
lying() {
  for lying_name in config.json config.yaml config.yml; do
    [ ! -f "$ROOT/$lying_name" ] || echo "$ROOT/$lying_name"
  done
}

# behind_links FILE: its target, through the links of its folders, too.
behind_links() {
  behind=$1 behind_left=8
  while [ -L "$behind" ] && [ "$behind_left" -gt 0 ]; do
    behind_left=$((behind_left - 1))
    behind_to=$(readlink "$behind")
    case $behind_to in /*) behind=$behind_to ;; *) behind=${behind%/*}/$behind_to ;; esac
  done
  behind_folder=$(cd "${behind%/*}" 2>/dev/null && pwd -P) || behind_folder=${behind%/*}
  echo "$behind_folder/${behind##*/}"
}

# config_place: a place that does not keep a deploy's files: generated at each boot, or read-only. A tool that renders
# a config elsewhere, such as NixOS or a secret store, leaves a link to it, and restores that link.
config_place() {
  [ -n "$CONFIG_FILE" ] || return 0
  case $CONFIG_FILE in /run/* | /var/run/*) echo boot && return ;; esac
  case $(behind_links "$CONFIG_FILE") in
  /run/* | /var/run/* | /private/var/run/*) echo boot && return ;;
  /nix/store/*) echo read-only && return ;;
  esac
  # For a container the folder is the one that its mounts in the settings name.
  case $CONFIG_FROM in process | definition) ;; *) [ -n "$ZC_IMAGE" ] || return 0 ;; esac
  [ -w "${CONFIG_FILE%/*}" ] || echo read-only
}

# config_file: sets CONFIG_FILE to the file that zot reads or would read, and CONFIG_FROM to the source: a deploy, the
# settings, the process, the definition, or only the file's presence.
config_file() {
  if CONFIG_FILE=$(deployed_name); then CONFIG_FILE=$ROOT/$CONFIG_FILE CONFIG_FROM=deploy && return; fi
  if [ -n "$ZA_NAME" ]; then CONFIG_FILE=$ROOT/$ZA_NAME CONFIG_FROM=settings && return; fi
  if [ -n "$ZC_IMAGE" ]; then
    CONFIG_FILE=$(served_by_container) CONFIG_FROM=process
    [ -z "$CONFIG_FILE" ] || return 0
  else
    CONFIG_FILE=$(served_by_process) CONFIG_FROM=process
    [ -z "$CONFIG_FILE" ] || return 0
    CONFIG_FILE=$(served_by_definition) CONFIG_FROM=definition
    [ -z "$CONFIG_FILE" ] || return 0
  fi
  CONFIG_FILE=$(lying | head -n 1) CONFIG_FROM=folder
}
