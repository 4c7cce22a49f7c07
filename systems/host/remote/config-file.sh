#!/bin/sh
# shellcheck disable=SC2034,SC2153 # variables are shared with the other parts that systems/host/scripts.ts puts together
# For the probe: which file zot reads.

# served_in [FOLDER]: the file after `serve` in the command lines on stdin, which may be relative to that folder. This program's launcher
# starts zot with a set's file.
served_in() {
  sed -n 's/^.* serve \(.*[^ ]\) *$/\1/p' | while read -r served_word; do
    case $served_word in
    /*) printf '%s\n' "$served_word" ;;
    *.json | *.yaml | *.yml)
      [ -n "${1:-}" ] || continue
      served_word=$1/${served_word#./}
      served_folder=$(cd "${served_word%/*}" 2>/dev/null && pwd) || served_folder=${served_word%/*}
      printf '%s\n' "${served_folder%/}/${served_word##*/}"
      ;;
    esac
  done | grep -v -e "^$STATE/" -e '/trial\.[a-z]*$' | head -n 1
}

# folder_of_service: the folder in which its definition starts it.
folder_of_service() {
  case $ZA_MANAGER in
  launchd)
    folder_named=$(tr -d '\n' <"$(service_file)" 2>/dev/null | sed -n 's,.*<key>WorkingDirectory</key>[[:space:]]*<string>\(/[^<]*\)</string>.*,\1,p')
    echo "${folder_named:-/}"
    ;;
  systemd)
    folder_named=$(service_show -p WorkingDirectory "$ZA_SERVICE" | sed -n 's/^WorkingDirectory=[-!]*//p')
    case $folder_named in
    /*) echo "$folder_named" ;;
    '') if [ "$ZA_SCOPE" = user ]; then echo "$HOME"; else echo /; fi ;;
    esac
    ;;
  esac
}

# served_by_process: the arguments of the running zot: the service's process, otherwise one that is certainly this
# zot.
served_by_process() {
  served_pid=$(service_pid)
  served_line=
  if [ -n "$served_pid" ]; then
    served_from=$(place_of "$served_pid" cwd)
    served_line=$({ tr '\0' ' ' <"/proc/$served_pid/cmdline" || ps -ww -o args= -p "$served_pid"; } 2>/dev/null | served_in "${served_from:-$(folder_of_service)}")
  fi
  if [ -n "$served_line" ]; then printf '%s\n' "$served_line"; else
    { ps -A -ww -o pid= -o args= 2>/dev/null || proc_lines; } | while read -r served_pid served_line; do
      # Without programs that got the search text as an argument: such a search would find itself.
      case $served_line in *"$ZC_ZOT serve "* | *" serve $ROOT/"*) ;; *) continue ;; esac
      case $served_line in *' serve /'*) served_from= ;; *) served_from=$(place_of "$served_pid" cwd) ;; esac
      printf '%s\n' "$served_line" | served_in "$served_from"
    done | head -n 1
  fi
}
proc_lines() {
  for proc_file in /proc/[0-9]*/cmdline; do
    proc_of=${proc_file%/cmdline}
    { printf '%s ' "${proc_of#/proc/}" && tr '\0' ' ' <"$proc_file" && echo; } 2>/dev/null
  done
}

# served_by_definition: the arguments in the service's definition.
served_by_definition() {
  case $ZA_MANAGER in
  launchd)
    tr -d '\n' <"$(service_file)" 2>/dev/null | sed -n 's,.*<string>serve</string>[[:space:]]*<string>\([^<]*\)</string>.*,zot serve \1,p' |
      sed 's/&lt;/</g;s/&gt;/>/g;s/&quot;/"/g;s/&apos;/'"'"'/g;s/&amp;/\&/g' | served_in "$(folder_of_service)"
    ;;
  systemd)
    service_show -p ExecStart "$ZA_SERVICE" | sed -n 's/^ExecStart=.*argv\[\]=\(.* serve [^ ].*\) ; ignore_errors=.*/\1/p' | served_in "$(folder_of_service)"
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
