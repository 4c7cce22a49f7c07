#!/bin/sh
# shellcheck disable=SC2034,SC2153 # variables are shared with the other parts that systems/host/scripts.ts puts together
# The transaction on the registry host: lock, stage, verify, try, keep the last known good set, switch, reload or
# restart, prove, or roll back. systems/host/scripts.ts assembles it: settings (ZA_…), common.sh, apply-*.sh, this
# file. It runs as `sh -s`, and only the last line runs anything, so an interrupted transmission runs nothing.
#
# $STATE/sets/<id>/   config.json as rendered, live.json which zot opens, fallback.json (or .yaml, .yml), oidc-credentials.json, launcher.sh…
# $STATE/current      the set that the next start uses: the one switch. config.json and oidc-credentials.json point into it
# $STATE/good         the set that was last proven. Another one than current: a run was cut between its switch and its proof
# $STATE/original     what was there before the first deploy
set -u
umask 077

# As exit statuses of the worker they start at 20; the first three are successes.
OUTCOMES="unchanged reloaded restarted refused rolled-back broken"

# fresh: not the process from before the restart; unknown if neither launcher nor service manager reports one.
fresh() { [ "$(running_process)" != "$BEFORE" ] || [ "$ZA_LAUNCHED$BEFORE" = 0 ]; }

# ended: neither the zot nor the service from before the restart is running any more. launchd returns earlier.
ended() {
  if [ -n "$BEFORE_SERVICE" ] && [ "$(service_pid)" = "$BEFORE_SERVICE" ]; then return 1; fi
  [ "$ZA_LAUNCHED" = 0 ] || ! alive "${BEFORE%% *}" "${BEFORE#* }"
}

# Where no launcher runs zot: what it reads from here on, of which nothing is left of the fallback that the launcher beside it had it read;
# and, once that is proven, what it has opened. What cannot be noted is unknown, which makes the next run restart zot.
reads_full() { [ "$ZA_LAUNCHED" = 1 ] || { MODE=full && link "$NAME" "live.$EXT"; }; }
opened_full() {
  [ "$ZA_LAUNCHED" = 0 ] || return 0
  { put "$STATE/run/opened.new" "full
$(opened_file full)
" && mv -f "$STATE/run/opened.new" "$STATE/run/opened"; } || rm -f "$STATE/run/opened"
}

wait_for_issuer() {
  within "$ZA_ISSUER_SECONDS" issuer_answers "$ZA_ISSUER" 5 ||
    because "zot is not restarted while its issuer $ZA_ISSUER does not answer ($ISSUER_PROBLEM)"
}

may_reload() {
  [ "$LAST" = "$CURRENT" ] && [ "$TOUCHED" = 0 ] && same_besides_config "$LAST" && [ -f "$OPENED" ] && same_binary && answers "$ZA_URL" &&
    revision_in_force "$ZA_URL" "$(read_file "$STATE/$LAST/revision")"
}

# zot reloads its access rules only when the file that it opened is written in place. From here on only the running
# zot reads that file, except after a rollback: hence the spare.
reload() {
  WHY="$STATE cannot be written"
  cp -p "$OPENED" "$STATE/run/spare" || return 1
  PHASE=switched
  point current "$SET" || return 1
  reload_from=$STATE/$SET/config.$EXT
  [ "$MODE" = full ] || reload_from=$STATE/$SET/fallback.$EXT
  WHY="$OPENED cannot be written"
  cat "$reload_from" >"$OPENED" && cmp -s "$reload_from" "$OPENED" && within "$ZA_RELOAD_SECONDS" proven "$ZA_URL" "$(kept_login)"
}

restart() {
  PHASE=switched
  point current "$SET" || { because "$STATE cannot be written"; return; }
  BEFORE=$(running_process) BEFORE_SERVICE=$(service_pid)
  RESTARTED=1
  if [ "$ZA_MANAGE" = 1 ] && ! cmp -s "$STATE/$SET/service" "$(service_file)"; then
    put_service "$STATE/$SET/service" || { because "$(service_file) cannot be written"; return; }
  fi
  reads_full || { because "$ROOT cannot be written"; return; }
  restart_in_time >"$WORK/service" 2>&1 ||
    { because "the service did not restart: $(tail -n 1 "$WORK/service" | cut -c 1-200)"; return; }
  within "$ZA_RESTART_SECONDS" ended
  within "$ZA_START_SECONDS" proven "$ZA_URL" full && opened_full
}

# Records when /v2/ answered during the restart.
watch_gap() {
  {
    clock
    watch_began=$NOW
    while [ -d "$WORK/sampling" ] && kill -0 "$SELF" 2>/dev/null; do
      echo "$(now_ms) $(ask "$ZA_URL/v2/")"
      pause_since "$watch_began"
    done
    echo "$(now_ms) $(ask "$ZA_URL/v2/")" # the answer that ends the gap, however short the proof was
  } >"$WORK/samples"
}
gap_of() {
  awk '$2 == 200 || $2 == 401 { if (away && $1 - seen > gap) gap = $1 - seen; away = 0; seen = $1; next }
    seen { away = 1 } END { print gap + 0 }' "$WORK/samples"
}

# conclude OUTCOME GAP DETAIL: for the waiting session, which on a full disk may only get the exit status. A proven
# set is not rolled back for that.
conclude() {
  CODE=20
  for conclude_name in $OUTCOMES; do
    [ "$conclude_name" != "$1" ] || break
    CODE=$((CODE + 1))
  done
  printf 'zot-access-result %s gapMs=%s %s\n' "$1" "$2" "$(printf '%s' "$3" | tr '\n' ' ')" 2>/dev/null >"$WORK/result" || :
}

succeed() {
  point good "$SET" || { because "$STATE cannot be written"; return; }
  prune
  conclude "$@"
}

apply() {
  if as_desired; then
    WHY="$STATE cannot be written"
    no_link && put "$STATE/link" "$ZA_GENERATION" && mv -f "$STATE/link" "$STATE/$CURRENT/generation" || return 1
    conclude unchanged - "the host holds and serves this already"
    return 0
  fi
  SET=sets/$(date -u +%Y%m%dT%H%M%SZ)-$SELF
  log "staging $SET"
  stage && keep_last_good || return 1
  how=restart
  if may_reload; then how=reload; else wait_for_issuer && trial || return 1; fi
  link_all || { because "$ROOT cannot be written"; return; }
  bounded 30 sync # a power cut after the switch must not find empty files
  log "switching to $SET, to $how"
  if [ "$how" = reload ]; then
    if reload; then
      succeed reloaded - "access rules reloaded without a restart"
      return
    fi
    log "the reload did not take: $WHY"
    wait_for_issuer && trial || return 1
  fi
  mkdir "$WORK/sampling"
  watch_gap &
  watcher=$!
  within 5 test -s "$WORK/samples" # the gap begins after an answer
  restart || return 1
  rmdir "$WORK/sampling"
  wait "$watcher"
  succeed restarted "$(gap_of)" "zot $(running_version) restarted and proven"
}

interrupted() {
  WHY="stopped by a signal"
  undo
  free_lock
  exit "$CODE"
}

# Runs apart from the SSH session: a lost connection does not end it.
work() {
  trap '' HUP
  SELF=$(exec sh -c 'echo $PPID')
  PHASE=start SET='' LAST='' RESTARTED=0 BEFORE='' BEFORE_SERVICE='' WHY=''
  if ! take_lock "$SELF" "$ZA_LOCK_SECONDS"; then
    conclude refused - "the lock of $STATE is held by ${HOLDER:-nobody}; nothing was changed"
    exit "$CODE"
  fi
  trap interrupted TERM INT
  rm -f "$STATE/run/spare" # of a run that was cut; its own recovery is over
  observe
  "$1" || undo
  trap '' TERM INT
  free_lock
  exit "$CODE"
}

refuse() {
  echo "zot-access-result refused gapMs=- $1; nothing was changed"
  exit 1
}

# main apply GENERATION [VERSION] or main restore: the settings come before the script; these arguments depend on the
# host.
main() {
  ROOT=$ZA_ROOT STATE=$ZA_ROOT/zot-access WHY='' ZA_GENERATION=${2:-none} ZA_EXPECTED=${3:-}
  files_of "$ZA_NAME"
  if there=$(deployed_name); then
    [ "$1" = restore ] || [ "$there" = "$NAME" ] ||
      refuse "$ROOT holds $there of this project, and host.configFile says $NAME: leave host.configFile out, or restore the host first (npm run destroy, with host.onDestroy: restore)"
    files_of "$there"
  fi
  for tool in awk cat chmod cmp cp curl cut date grep head id ln ls mkdir mv readlink rm rmdir sed sleep sync tail tr; do
    command -v "$tool" >/dev/null 2>&1 || refuse "the host lacks '$tool'"
  done
  if [ "$1" = apply ] && [ -d "$STATE" ] && ! lock_held && as_desired && holds "$STATE/$CURRENT/generation" "$ZA_GENERATION" &&
    ! lock_held; then
    echo "zot-access-result unchanged gapMs=- the host holds and serves this already"
    exit 0
  fi
  if [ "$1" = apply ]; then
    other=$(other_user)
    [ -z "$other" ] || refuse "zot runs as the user $other, and a deploy as $(id -un): set host.runAs to $other, or have zot run as $(id -un)"
    [ -z "$(forbidden)" ] || refuse "$(forbidden_in_words)"
  fi
  if [ ! -d "$ROOT" ]; then mkdir -p "$ROOT" 2>/dev/null || refuse "$ROOT cannot be made by $(id -un)"; fi
  WORK=$STATE/run/apply-$$
  { mkdir -p "$STATE/run" && rm -rf "$WORK" && mkdir "$WORK"; } 2>/dev/null || refuse "$STATE cannot be written"
  { set -m; } 2>/dev/null # a separate process group if the shell supports it; dash needs a terminal for that
  work "$1" </dev/null >"$WORK/log" 2>&1 &
  worker=$!
  [ -z "${ZA_DESK:-}" ] || echo "$worker" >"$ZA_DESK/in/worker"
  { set +m; } 2>/dev/null
  trap 'kill -TERM "$worker" 2>/dev/null' TERM INT
  trap 'exit 129' HUP PIPE
  wait "$worker"
  CODE=$?
  while kill -0 "$worker" 2>/dev/null; do # a trapped signal ends `wait` early
    wait "$worker"
    CODE=$?
  done
  case $CODE in 2[0-5]) ;; *) recover "$1" 2>>"$WORK/log" ;; esac
  cat "$WORK/log" >&2
  result=$(read_file "$WORK/result")
  rm -rf "$WORK"
  [ "$1" = apply ] || [ "$CODE" -ge 23 ] || leave
  outcome=$(echo "$OUTCOMES" | cut -d ' ' -f $((CODE - 19)))
  echo "${result:-zot-access-result $outcome gapMs=- $STATE cannot be written (is the disk full?)}"
  [ "$CODE" -lt 23 ]
}

main "$@"
