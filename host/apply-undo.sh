#!/bin/sh
# The way back of apply.sh.

# undo: whatever was begun is taken back; WHY says why it has to be.
undo() {
  trap '' TERM INT HUP
  undo_why=$WHY
  log "undoing: $undo_why"
  rm -rf "$WORK/sampling" "$STATE/stage"
  if [ "$PHASE" != switched ]; then
    drop_set "$SET"
    conclude refused - "$undo_why; nothing was changed"
  elif [ -z "$LAST" ]; then
    withdraw
    conclude rolled-back - "$undo_why; there was no registry here before, so the service is stopped again"
  elif roll_back; then
    drop_set "$SET"
    conclude rolled-back - "$undo_why; the last good set is back and serving"
  else
    conclude broken - "$undo_why; the last good set $STATE/$LAST is back in place, but zot does not serve it: read zot's log"
  fi
}

# drop_set SET: unless something still points at it.
drop_set() {
  case $1 in '' | "$(pointed current)" | "$(pointed good)") ;; *) rm -rf "${STATE:?}/$1" ;; esac
}

withdraw() {
  stop_service
  [ "$ZA_MANAGE" = 0 ] || put_service ''
  rm -f "$ROOT/config.json" "$ROOT/oidc-credentials.json" "$STATE/current" "$STATE/good"
}

# The spare is what zot had opened before it was rewritten in place; a rename of it needs no room on the disk.
put_opened_back() {
  [ -f "$STATE/run/spare" ] && [ -n "$OPENED" ] || return 0
  cat "$STATE/run/spare" >"$OPENED" 2>/dev/null
  cmp -s "$STATE/run/spare" "$OPENED" || mv -f "$STATE/run/spare" "$OPENED"
  rm -f "$STATE/run/spare"
}

roll_back() {
  put_opened_back
  roll_service=
  [ ! -s "$STATE/$LAST/service" ] || roll_service=$STATE/$LAST/service
  roll_changed=$SERVICE_MOVED
  if [ "$ZA_MANAGE" = 1 ] && ! cmp -s "${roll_service:-/dev/null}" "$(service_file)"; then
    roll_changed=1
    put_service "$roll_service"
  fi
  point current "$LAST" || return 1
  # Not restarted yet: the old process never stopped serving the old set.
  if [ "$RESTARTED$roll_changed" = 00 ] && back_within "$ZA_RELOAD_SECONDS"; then return 0; fi
  [ "$ZA_LAUNCHED" = 1 ] || printf 'full\n%s\n' "$STATE/$LAST/live.json" >"$STATE/run/opened"
  restart_service "$roll_changed"
  back_within $((ZA_START_SECONDS + 15)) # launchd starts a job that died at most every ten seconds
}

# The old set serves: its revision is in force where it has one, and the new one is not (unless all is denied anyway).
back() {
  answers && revision_in_force "$(read_file "$STATE/$LAST/revision")" || return 1
  [ -z "$ZA_REVISION" ] || ! revision_in_force "$ZA_REVISION" || revision_in_force zot-access/unknown
}
back_within() {
  back_by=$(($(now) + $1))
  until back; do
    [ "$(now)" -lt "$back_by" ] || return 1
    pause
  done
}

# recover: the run was killed. Whatever it had switched is taken back, unless it had been proven by then.
recover() {
  trap '' TERM INT HUP
  SELF=$$
  take_lock "$SELF" "$ZA_LOCK_SECONDS" || { conclude refused - "the run was killed, and another one goes on: $HOLDER"; return; }
  observe
  SET=$CURRENT LAST=$GOOD RESTARTED=0 SERVICE_MOVED=0 PHASE=start WHY="the run was killed"
  [ "$CURRENT" = "$GOOD" ] || PHASE=switched
  if as_desired; then conclude unchanged - "the run was killed after its work was done and proven"; else undo; fi
  free_lock
}
