#!/bin/sh
# Reads what the registry host holds and serves, and changes nothing. systems/host/probe.ts sends it over SSH behind its settings
# (ZA_…) and the other parts that systems/host/scripts.ts names; systems/host/probe-answer.ts reads what it prints.
set -u

digest() {
  [ -f "$1" ] || return 0
  { sha256sum "$1" || shasum -a 256 "$1" || openssl dgst -r -sha256 "$1"; } 2>/dev/null | cut -c 1-64
}
show() { printf '%s=%s\n' "$1" "$2"; }

# shellcheck disable=SC2012 # one file; stat differs between GNU and BSD
mode_of() { ls -lL "$1" 2>/dev/null | cut -c 1-10; }

# runtime: whether the one of the settings is there and answers; first of all, because whatever else is asked of it would hang as well.
# shellcheck disable=SC2153 # set by what systems/host/scripts.ts puts before this
runtime() {
  command -v "$ZC_RUNTIME" >/dev/null 2>&1 || { show runtime missing; return; }
  runtime_image=$(image_told "$ZC_RUNTIME" "$ZC_IMAGE")
  if [ $? = 124 ]; then
    show runtime hangs
    ZC_RUNTIME=false
  fi
  show image "$runtime_image"
}

# container: what the host has of the settings' container.
# shellcheck disable=SC2153 # set by what systems/host/scripts.ts puts before this
container() {
  show container "$(containers_told "$ZC_RUNTIME" "$ZC_NAME")"
  show containers "$(asked 10 "$ZC_RUNTIME" ps --format '{{.Names}}' 2>/dev/null | tr '\n' ' ')"
}

main() {
  ROOT=$ZA_ROOT STATE=$ZA_ROOT/zot-access
  SET=$STATE/current
  [ -z "$ZC_IMAGE" ] || runtime
  config_file
  files_of "${CONFIG_FILE##*/}"
  CONFIG_TEXT=$CONFIG_FILE BESIDE=
  # Which the launcher beside a service has it read for as long as the issuer is away.
  if [ "$(reads)" = fallback ]; then CONFIG_TEXT=$SET/live.$EXT BESIDE=1; fi
  show clock "$(date +%s)"
  [ ! -d "$ROOT" ] || [ -w "$ROOT" ] || show notWritable "$(id -un)"
  [ "$(cat /sys/fs/selinux/enforce 2>/dev/null)" != 1 ] || show enforcing yes
  show otherUser "$(other_user)"
  [ -z "$(forbidden)" ] || show runAs no-restart
  [ -z "$ZC_IMAGE" ] || container
  # shellcheck disable=SC2034 # in less time than is given to all of this
  VERSION_SECONDS=12
  zot_is=$(zot_version)
  if [ $? != 124 ] && [ -z "$zot_is" ] && [ "$ZC_RUNTIME" != false ]; then show tellsNoVersion yes; fi
  show zotVersion "$zot_is"
  # Before the first deploy it may listen elsewhere than the settings say.
  show served "$(if [ "$CONFIG_FROM" != deploy ] && served_url=$(answering "$CONFIG_FILE"); then ask "$served_url/v2/"; else ask "$ZA_URL/v2/"; fi)"
  case $ZA_URL in https:*)
    zot_curl -o /dev/null --max-time "$ZA_ASK_SECONDS" "$ZA_URL/v2/"
    show tls $?
    show certificate "$(if [ ! -e "$ZA_CERT" ]; then echo missing; elif [ ! -r "$ZA_CERT" ]; then echo unreadable; else tr -d '\n\r' <"$ZA_CERT"; fi)"
    ;;
  esac
  revision=$(sed -n 's,.*\(zot-access/revision-[0-9a-f]*\).*,\1,p' "$CONFIG_TEXT" 2>/dev/null | head -n 1)
  [ -z "$revision" ] || show inForce "$(if revision_in_force "$ZA_URL" "$revision"; then echo yes; else echo no; fi)"
  show credentialsDigest "$(digest "$ROOT/oidc-credentials.json")"
  show credentialsMode "$(mode_of "$ROOT/oidc-credentials.json")"
  show fallbackDigest "$(digest "$SET/fallback.$EXT")"
  show launcherDigest "$(digest "$SET/launcher.sh")"
  show launcherSettingsDigest "$(digest "$SET/launcher.env")"
  [ "$ZA_MANAGE" = 0 ] || show serviceDigest "$(digest "$(service_file)")"
  # Ansible's own header, `ansible_managed`, as its templates have it.
  show ansibleFiles "$(grep -lis 'ansible.managed' "$ROOT"/* "$(service_file)" | tr '\n' ' ')"
  [ ! -f "$SET/generation" ] || show generation "$(cat "$SET/generation")"
  current=$(readlink "$STATE/current" 2>/dev/null) good=$(readlink "$STATE/good" 2>/dev/null)
  lock_top
  show runs "$LOCK_TOP"
  show unfinished "$([ "$current" = "$good" ] && echo no || echo yes)"
  if [ "$ZA_LAUNCHED" = 1 ] && [ -f "$STATE/run/opened" ]; then
    show mode "$(head -n 1 "$STATE/run/opened")"
    show runningVersion "$(cat "$STATE/run/version" 2>/dev/null)"
  fi
  # A restart with the full config may have failed, and is repeated.
  if [ -z "$BESIDE" ] && [ "$ZA_LAUNCHED" = 0 ] && [ "$(head -n 1 "$STATE/run/opened" 2>/dev/null)" = fallback ] && [ "$(serves)" = fallback ]; then BESIDE=1; fi
  [ -z "$BESIDE" ] || show mode fallback
  show configFile "$CONFIG_FILE"
  show configPlace "$(config_place)"
  show configFrom "$CONFIG_FROM"
  show servedBeside "$(served_beside)"
  [ "$CONFIG_FROM" != folder ] || show lying "$(lying | sed 's,.*/,,' | tr '\n' ' ')"
  if [ -f "$CONFIG_TEXT" ]; then
    show configMode "$(mode_of "$CONFIG_TEXT")"
    show clientIds "$(client_ids "$CONFIG_TEXT" | tr '\n' ' ')"
    echo "config:"
    cat "$CONFIG_TEXT"
  fi
  echo "zot-access-probe-end"
}

main
