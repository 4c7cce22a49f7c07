#!/bin/sh
# The way back of apply.sh.

# undo: whatever was begun is taken back; WHY says why it has to be.
undo() {
  trap '' TERM INT HUP
  undo_why=$WHY
  log "undoing: $undo_why"
  rm -rf "$WORK/sampling" "$WORK/trial"
  if [ "$PHASE" != switched ]; then
    drop_set "$SET"
    conclude refused - "$undo_why; nothing was changed"
  elif [ -z "$LAST" ]; then
    withdraw
    conclude rolled-back - "$undo_why; no registry was set up here before, so the service is stopped again"
  elif roll_back; then
    drop_set "$SET"
    conclude rolled-back - "$undo_why; the last good set is back and serving"
  else
    conclude broken - "$undo_why; the last good set $STATE/$LAST is back in place, but zot does not serve it: read zot's log"
  fi
}

withdraw() {
  bounded 120 stop_service
  [ "$ZA_MANAGE" = 0 ] || put_service ''
  rm -f "$ROOT/config.json" "$ROOT/oidc-credentials.json" "$STATE/current" "$STATE/good"
}

# The spare is what zot had opened before it was rewritten in place; a rename of it needs no room on the disk. A set that
# was edited into something that zot refuses is made whole again, too.
put_opened_back() {
  if [ -f "$STATE/run/spare" ] && [ -n "$OPENED" ]; then
    cat "$STATE/run/spare" >"$OPENED" 2>/dev/null
    cmp -s "$STATE/run/spare" "$OPENED" || mv -f "$STATE/run/spare" "$OPENED"
    rm -f "$STATE/run/spare"
  fi
  cmp -s "$STATE/$LAST/config.json" "$STATE/$LAST/live.json" ||
    { cp -p "$STATE/$LAST/config.json" "$STATE/link" && mv -f "$STATE/link" "$STATE/$LAST/live.json"; }
}

roll_back() {
  put_opened_back
  roll_service=
  [ ! -f "$STATE/$LAST/service" ] || roll_service=$STATE/$LAST/service
  roll_changed=$SERVICE_MOVED
  if [ "$ZA_MANAGE" = 1 ] && ! same_or_absent "$STATE/$LAST/service" "$(service_file)"; then
    roll_changed=1
    put_service "$roll_service"
  fi
  point current "$LAST" && link_all || return 1
  # Not restarted yet: the old process never stopped serving the old set.
  if [ "$RESTARTED$roll_changed" = 00 ] && within "$ZA_RELOAD_SECONDS" back; then return 0; fi
  [ "$ZA_LAUNCHED" = 1 ] || opened_is "$LAST"
  bounded 150 restart_service "$roll_changed"
  within $((ZA_START_SECONDS + 15)) back # launchd starts a job that died at most every ten seconds
}

# The old set serves: its revision is in force where it has one, and the new one is not (unless all is denied anyway).
back() {
  back_url=$(url_of "$LAST") back_revision=$(read_file "$STATE/$LAST/revision")
  answers "$back_url" && revision_in_force "$back_url" "$back_revision" || return 1
  ! revision_in_force "$back_url" "$ZA_REVISION" || [ "$back_revision" = "$ZA_REVISION" ] ||
    revision_in_force "$back_url" zot-access/unknown
}

# recover ACTION: the run was killed. What it had switched is taken back, unless it had been proven by then.
recover() {
  trap '' TERM INT HUP
  SELF=$$ PHASE=start SET='' LAST='' RESTARTED=0 SERVICE_MOVED=0
  take_lock "$SELF" "$ZA_LOCK_SECONDS" || { conclude refused - "the run was killed, and another one goes on: $HOLDER"; return; }
  WHY="the run was killed"
  observe
  SET=$CURRENT LAST=$GOOD
  [ "$CURRENT" = "$GOOD" ] || PHASE=switched
  if [ "$1" = apply ] && as_desired; then conclude unchanged - "the run was killed after its work was done and proven"; else undo; fi
  free_lock
}
