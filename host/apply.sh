#!/bin/sh
# The transaction on the registry host: lock, stage, verify, keep the last good set, switch, reload or restart, prove, or
# put everything back. host/payload.ts sends it over SSH as one text: settings (ZA_…), common.sh, apply-lock.sh,
# apply-http.sh, apply-service.sh, apply-sets.sh, apply-undo.sh, this file. Only the last line runs anything, so a transmission that is cut runs nothing.
#
# $STATE/sets/<id>/   config.json as rendered, live.json which zot opens, fallback.json, oidc-credentials.json, launcher.sh…
# $STATE/current      the set that the next start uses: the one switch. config.json and oidc-credentials.json point into it
# $STATE/good         the set that was last proven. Another one than current: a run was cut between its switch and its proof
# $STATE/original     what was there before the first deploy
set -u
umask 077

# because TEXT: says why something failed, and fails.
because() {
  WHY=$1
  return 1
}

log() { echo "zot-access: $*" >&2; }

# Milliseconds; whole seconds where neither GNU's date nor perl (on every macOS) is there.
now_ms() {
  case $(date +%s%N) in
  *[!0-9]*) perl -MTime::HiRes=time -e 'printf "%d\n", time * 1000' 2>/dev/null || echo "$(now)000" ;;
  *) echo $(($(date +%s%N) / 1000000)) ;;
  esac
}

# bounded SECONDS COMMAND…: macOS has no timeout.
bounded() {
  bounded_by=$(($(now) + $1))
  shift
  "$@" &
  bounded_job=$!
  while kill -0 "$bounded_job" 2>/dev/null; do
    if [ "$(now)" -ge "$bounded_by" ]; then
      kill -KILL "$bounded_job" 2>/dev/null
      log "'$1' took too long and was ended"
    fi
    pause
  done
  wait "$bounded_job"
}

# fresh: not the process from before the restart; cannot be told where neither launcher nor service manager names one.
fresh() {
  [ "$RESTARTED" = 1 ] || return 0
  fresh_process=$(running_process)
  [ "$fresh_process" != "$BEFORE" ] || [ "$ZA_LAUNCHED$BEFORE" = 0 ]
}

wait_for_issuer() {
  issuer_by=$(($(now) + ZA_ISSUER_SECONDS))
  until issuer_answers "$ZA_ISSUER" 5; do
    if [ "$(now)" -ge "$issuer_by" ]; then
      WHY="zot is not restarted while its issuer $ZA_ISSUER does not answer ($ISSUER_PROBLEM)"
      return 1
    fi
    pause
  done
}

may_reload() {
  [ "$LAST" = "$CURRENT" ] && [ "$TOUCHED" = 0 ] && same_besides_config "$LAST" && [ -f "$OPENED" ] &&
    [ "$(running_version)" = "$(version_of "$ZA_ZOT")" ] && answers && revision_in_force "$(read_file "$STATE/$LAST/revision")"
}

# zot reloads its access rules when the file that it opened is written in place, and only then. Nothing but the running zot
# reads that file from here on, except after a roll-back: hence the spare.
reload() {
  WHY="$STATE cannot be written"
  cp -p "$OPENED" "$STATE/run/spare" || return 1
  give "$STATE/run/spare"
  PHASE=switched
  point current "$SET" || return 1
  reload_from=$STATE/$SET/config.json
  [ "$MODE" = full ] || reload_from=$STATE/$SET/fallback.json
  WHY="$OPENED cannot be written"
  cat "$reload_from" >"$OPENED" && cmp -s "$reload_from" "$OPENED" && proven_within "$ZA_RELOAD_SECONDS" "$(kept_login)"
}

restart() {
  PHASE=switched
  point current "$SET" || { because "$STATE cannot be written"; return; }
  BEFORE=$(running_process)
  RESTARTED=1
  # After a run that was cut the manager may have loaded another definition than the one that lies there.
  if [ "$ZA_MANAGE" = 1 ] && { [ "$CURRENT" != "$GOOD" ] || ! cmp -s "$STATE/$SET/service" "$(service_file)"; }; then
    SERVICE_MOVED=1
    put_service "$STATE/$SET/service" || { because "$(service_file) cannot be written"; return; }
  fi
  [ "$ZA_LAUNCHED" = 1 ] || printf 'full\n%s\n' "$STATE/$SET/live.json" >"$STATE/run/opened"
  restart_service "$SERVICE_MOVED" || { because "the service did not restart"; return; }
  proven_within "$ZA_START_SECONDS" full
}

# Writes how long /v2/ did not answer while the restart went on.
watch_gap() {
  {
    while [ -d "$WORK/sampling" ] && kill -0 "$SELF" 2>/dev/null; do
      echo "$(now_ms) $(ask "$ZA_URL/v2/")"
      sleep 0.02 2>/dev/null || sleep 1
    done
    echo "$(now_ms) $(ask "$ZA_URL/v2/")" # the one that ends the gap, however short the proof was
  } >"$WORK/samples"
}
gap_of() {
  awk '$2 == 200 || $2 == 401 { if (away && $1 - seen > gap) gap = $1 - seen; away = 0; seen = $1; next }
    seen { away = 1 } END { print gap + 0 }' "$WORK/samples"
}

conclude() {
  printf 'zot-access-result %s gapMs=%s %s\n' "$1" "$2" "$(printf '%s' "$3" | tr '\n' ' ')" >"$WORK/result"
}

transact() {
  if as_desired; then
    if ! holds "$STATE/$CURRENT/generation" "$ZA_GENERATION"; then
      put "$STATE/stage-generation" "$ZA_GENERATION" && mv -f "$STATE/stage-generation" "$STATE/$CURRENT/generation"
    fi
    conclude unchanged - "the host holds and serves this already"
    return 0
  fi
  SET=sets/$(date -u +%Y%m%dT%H%M%SZ)-$SELF
  log "staging $SET"
  stage && keep_last_good || return 1
  transact_reload=0
  if may_reload; then transact_reload=1; else wait_for_issuer || return 1; fi
  WHY="$ROOT cannot be written"
  link config.json live.json || return 1
  link oidc-credentials.json oidc-credentials.json || return 1
  sync # a power cut after the switch must not find empty files
  if [ "$transact_reload" = 1 ]; then
    log "switching to $SET with a hot reload"
    if reload; then
      succeed reloaded - "access rules reloaded without a restart"
      return
    fi
    log "the reload did not take ($WHY): restarting"
    wait_for_issuer || return 1
  fi
  log "switching to $SET with a restart"
  mkdir "$WORK/sampling"
  watch_gap &
  watcher=$!
  restart || return 1
  rmdir "$WORK/sampling"
  wait "$watcher"
  succeed restarted "$(gap_of)" "zot $(running_version) restarted and proven"
}

succeed() {
  point good "$SET" || { because "$STATE cannot be written"; return; }
  rm -f "$STATE/run/spare"
  prune
  conclude "$@"
}

interrupted() {
  WHY="stopped by a signal"
  undo
  free_lock
  exit 1
}

# Runs apart from the SSH session: a lost connection does not end it.
work() {
  trap '' HUP
  SELF=$(exec sh -c 'echo $PPID')
  PHASE=start SET='' LAST='' RESTARTED=0 SERVICE_MOVED=0 BEFORE='' WHY=''
  if ! take_lock "$SELF" "$ZA_LOCK_SECONDS"; then
    conclude refused - "another run holds the lock of $STATE: ${HOLDER:-unknown}; nothing was changed"
    return
  fi
  trap interrupted TERM INT
  transact || undo
  trap '' TERM INT
  free_lock
}

main() {
  ROOT=$ZA_ROOT STATE=$ZA_ROOT/zot-access RESTARTED=0 WHY=
  for tool in awk cat chmod cmp cp curl cut date grep head id ln ls mkdir mv readlink rm sed sleep sync tail tr; do
    if ! command -v "$tool" >/dev/null 2>&1; then
      echo "zot-access-result refused gapMs=- the host lacks '$tool'; nothing was changed"
      return 1
    fi
  done
  if [ -d "$STATE" ] && ! lock_held && as_desired && holds "$STATE/$CURRENT/generation" "$ZA_GENERATION" && ! lock_held; then
    echo "zot-access-result unchanged gapMs=- the host holds and serves this already"
    return 0
  fi
  WORK=$STATE/run/apply-$$
  if ! { mkdir -p "$STATE/run" && rm -rf "$WORK" && mkdir "$WORK"; } 2>/dev/null; then
    echo "zot-access-result refused gapMs=- $STATE cannot be written; nothing was changed"
    return 1
  fi
  { set -m; } 2>/dev/null # a process group of its own where the shell can; dash wants a terminal for that
  work </dev/null >"$WORK/log" 2>&1 &
  worker=$!
  { set +m; } 2>/dev/null
  trap 'kill -TERM "$worker" 2>/dev/null' TERM INT
  trap 'exit 129' HUP PIPE
  wait "$worker"
  while kill -0 "$worker" 2>/dev/null; do wait "$worker"; done
  [ -f "$WORK/result" ] || recover
  cat "$WORK/log" >&2
  result=$(read_file "$WORK/result")
  rm -rf "$WORK"
  echo "$result"
  case $result in "zot-access-result unchanged"* | "zot-access-result re"[ls]*) return 0 ;; *) return 1 ;; esac
}

main
