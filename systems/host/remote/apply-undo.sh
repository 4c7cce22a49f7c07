#!/bin/sh
# shellcheck disable=SC2034 # variables are shared with the other parts that systems/host/scripts.ts puts together
# The rollback of apply.sh.

# undo: rolls back everything that was begun; WHY has the reason.
undo() {
  trap '' TERM INT HUP
  undo_why=$WHY
  log "undoing: $undo_why"
  rm -rf "$WORK/sampling" "$WORK/trial"
  if [ "$PHASE" != switched ]; then
    [ -f "$STATE/$CURRENT/revision" ] || ! never_proven || as_before # otherwise the switch of an interrupted run stays
    drop_set "$SET"
    conclude refused - "$undo_why; nothing was changed"
  elif never_proven; then
    undo_first
  elif roll_back; then
    drop_set "$SET"
    conclude rolled-back - "$undo_why; rolled back to the last known good set, which serves"
  else
    conclude broken - "$undo_why; rolled back to the last known good set $STATE/$LAST, but zot does not serve it: read zot's log"
  fi
}

undo_first() {
  undo_set=$(pointed original)
  undo_now="what was there before the first deploy is back and serving"
  [ -f "$STATE/$undo_set/served" ] || undo_now="what was there before the first deploy is back; it did not serve then, either"
  [ -n "$LAST" ] || undo_now="no registry was set up here before, so nothing of it is left"
  if as_before; then
    conclude rolled-back - "$undo_why; $undo_now"
  else
    conclude broken - "$undo_why; what was there before is kept in $STATE/$undo_set, but: $WHY"
  fi
}

# The spare is the file that zot had opened before it was rewritten in place; renaming it needs no disk space. A set
# that was edited and that zot refuses is restored, too.
put_opened_back() {
  if [ -f "$STATE/run/spare" ] && [ -n "$OPENED" ]; then
    cat "$STATE/run/spare" >"$OPENED" 2>/dev/null
    cmp -s "$STATE/run/spare" "$OPENED" || mv -f "$STATE/run/spare" "$OPENED"
    rm -f "$STATE/run/spare"
  fi
  cmp -s "$STATE/$LAST/config.$EXT" "$STATE/$LAST/live.$EXT" ||
    { no_link && cp -p "$STATE/$LAST/config.$EXT" "$STATE/link" && mv -f "$STATE/link" "$STATE/$LAST/live.$EXT"; }
}

roll_back() {
  put_opened_back
  if [ "$ZA_MANAGE" = 1 ] && [ -f "$STATE/$LAST/service" ] && ! cmp -s "$STATE/$LAST/service" "$(service_file)"; then
    put_service "$STATE/$LAST/service"
  fi
  { [ "$(pointed current)" = "$LAST" ] || point current "$LAST"; } && link_all || return 1 # a full disk may have no room for a link
  # Not restarted yet: the old process never stopped serving the old set.
  if [ "$RESTARTED" = 0 ] && ! service_moved && within "$ZA_RELOAD_SECONDS" back; then return 0; fi
  reads_full || return 1
  # The program just took over the service, so the old set has no definition.
  BEFORE=$(running_process) BEFORE_SERVICE=$(service_pid) back_opened=:
  # What was not restarted need not end: nobody waits for that. What it serves is not known anew, either.
  if [ "$ZA_MANAGE" = 1 ] && [ ! -f "$STATE/$LAST/service" ]; then remove_service; else restart_in_time; fi &&
    within "$ZA_RESTART_SECONDS" ended && back_opened=opened_full
  within $((ZA_START_SECONDS + 15)) back_anew && "$back_opened" # launchd starts a job that died at most every ten seconds
}

# The old set serves: its revision is in force if it has one, and the new one is not.
back() {
  back_url=$(url_of "$LAST") back_revision=$(read_file "$STATE/$LAST/revision")
  answers "$back_url" && revision_in_force "$back_url" "$back_revision" || return 1
  [ "$back_revision" = "$ZA_REVISION" ] || ! in_force "$back_url" "$ZA_REVISION"
}

# A private registry denies the old revision with any set: only the process shows it.
back_anew() { { [ "$ZA_TELLS" = 1 ] || fresh; } && back; }

# recover ACTION: the run was killed. Its switch is rolled back, unless it was already proven.
recover() {
  trap '' TERM INT HUP
  SELF=$$ PHASE=start SET='' LAST='' RESTARTED=0
  take_lock "$SELF" "$ZA_LOCK_SECONDS" || { conclude refused - "the run was killed, and another one goes on: $HOLDER"; return; }
  WHY="the run was killed"
  observe
  SET=$CURRENT LAST=$GOOD
  if [ "$CURRENT" != "$GOOD" ] || { [ "$1" = restore ] && service_moved; }; then PHASE=switched; fi
  if { [ "$1" = apply ] && as_desired; } || { [ "$1" = restore ] && nothing_of_ours; }; then
    conclude unchanged - "the run was killed after its work was done and proven"
  else undo; fi
  free_lock
}
