#!/bin/sh
# shellcheck disable=SC2034,SC2153 # variables are shared with the other parts that systems/host/scripts.ts puts together
# What was there before the first deploy: kept as $STATE/original before anything is switched, and restored completely
# if that deploy fails, or when the stack is destroyed.

# No set of this program has been proven yet, so these files are from before the first deploy.
never_proven() {
  before_good=$(pointed good) || return 0
  [ "$before_good" = "$(pointed original)" ]
}

# ours FILE: an interrupted run created it, as a config's revision or the launcher in a service definition shows. Such
# a part never counts as the original.
ours() {
  case $(readlink "$1" 2>/dev/null) in zot-access/* | "$STATE"/*) [ ! -f "$STATE/$CURRENT/revision" ] || return 0 ;; esac
  grep -q -e 'zot-access/revision-' -e 'zot-access/current/launcher\.sh' "$1" 2>/dev/null
}

# keep_file FILE SET NAME: as a link, if another tool made it one.
keep_file() {
  keep_from=$1
  if [ "$KEEP_FIRST" = 1 ]; then ! ours "$1" || keep_from=$STATE/$(pointed original)/$3; fi
  if [ "$KEEP_FIRST" = 0 ] && [ ! -f "$1" ]; then keep_from=$STATE/$GOOD/$3; fi # there is no way back to nothing
  [ -f "$keep_from" ] || return 0
  cp -p "$keep_from" "$STATE/$2/$3" || return 1
  case $(readlink "$1" 2>/dev/null) in '' | zot-access/* | "$STATE"/*) return 0 ;; esac
  cp -RPp "$1" "$STATE/$2/$3.link" # -P without -R is not in every cp of macOS
}

# keep_launcher SET: this program's service definition starts the current set through the launcher in it.
keep_launcher() {
  for keep_name in launcher.sh launcher.env "fallback.$EXT"; do
    [ ! -f "$STATE/$GOOD/$keep_name" ] || cp -p "$STATE/$GOOD/$keep_name" "$STATE/$1/$keep_name" || return 1
  done
}

# keep_found SET FIRST: a set with the files in the places to which a deploy writes.
keep_found() {
  KEEP_FIRST=$2
  mkdir "$STATE/$1" && { [ -z "$OWNER" ] || chmod 711 "$STATE/$1"; } && put "$STATE/$1/name" "$NAME" && keep_file "$ROOT/$NAME" "$1" "config.$EXT" &&
    keep_file "$ROOT/oidc-credentials.json" "$1" oidc-credentials.json || return 1
  [ "$ZA_MANAGE" = 0 ] || keep_file "$(service_file)" "$1" service || return 1
  [ "$KEEP_FIRST" = 1 ] || keep_launcher "$1" || return 1
  [ ! -f "$STATE/$1/config.$EXT" ] || cp -p "$STATE/$1/config.$EXT" "$STATE/$1/live.$EXT" || return 1
  if keep_url=$(answering "$STATE/$1/config.$EXT"); then put "$STATE/$1/url" "$keep_url" && put "$STATE/$1/served" yes || return 1; fi
}

# keep_original: sets LAST, which stays empty if nothing was there. The order matters: after an interruption the next
# run finds either the original, or nothing switched.
keep_original() {
  keep_found "$SET-found" 1 && point original "$SET-found" || return 1
  if [ -f "$STATE/$SET-found/config.$EXT" ] || [ -f "$STATE/$SET-found/service" ]; then
    LAST=$SET-found
    point good "$LAST" && point current "$LAST"
  else
    LAST=''
    rm -f "$STATE/good"
  fi
}

# put_file_back NAME [NAME IN THE SET]
put_file_back() {
  back_file=$STATE/$BEFORE_SET/${2:-$1}
  if [ -L "$back_file.link" ]; then
    [ "$(readlink "$ROOT/$1" 2>/dev/null)" != "$(readlink "$back_file.link")" ] || return 0
    back_file=$back_file.link
  else
    [ -L "$ROOT/$1" ] || ! same_or_absent "$back_file" "$ROOT/$1" || return 0
    [ -f "$back_file" ] || { rm -f "$ROOT/$1"; return; }
  fi
  no_link && cp -RPp "$back_file" "$STATE/link" && mv -f "$STATE/link" "$ROOT/$1"
}

# before_serves: the original serves as it did, and nothing of this program is in force any more.
before_serves() {
  before_url=$(url_of "$BEFORE_SET")
  [ ! -f "$STATE/$BEFORE_SET/served" ] || answers "$before_url" || return 1
  for before_revision in $BEFORE_REVISIONS; do
    ! in_force "$before_url" "$before_revision" && ! in_force "$ZA_URL" "$before_revision" || return 1
  done
}

put_service_back() {
  [ "$PHASE" = switched ] && [ "$ZA_MANAGE" = 1 ] && [ -f "$STATE/$BEFORE_SET/service" ] || return 0
  cmp -s "$STATE/$BEFORE_SET/service" "$(service_file)" || put_service "$STATE/$BEFORE_SET/service" ||
    because "$(service_file) cannot be written"
}

service_before() {
  [ "$PHASE" = switched ] || return 0
  if [ "$ZA_MANAGE" = 1 ] && [ ! -f "$STATE/$BEFORE_SET/service" ]; then
    remove_service
  else
    # Not restarted yet: the old process never stopped serving.
    if [ "$RESTARTED" = 0 ] && ! service_moved && before_serves; then return 0; fi
    BEFORE=$(running_process) BEFORE_SERVICE=$(service_pid)
    restart_in_time >"$WORK/service" 2>&1 || [ ! -f "$STATE/$BEFORE_SET/served" ] ||
      { because "the service did not restart: $(tail -n 1 "$WORK/service" | cut -c 1-200)"; return; }
    within "$ZA_RESTART_SECONDS" ended
  fi
  within $((ZA_START_SECONDS + 15)) before_serves || because "what was there before the first deploy does not serve"
}

# as_before: the original as plain files, and nothing of this program. The service definition comes first: after a
# reboot the original one serves whatever the places lead to, while this program's needs a launcher in the current
# set. Then one switch, while the places are links; the pointers go last, so that the next run after an interruption
# does the same again.
as_before() {
  BEFORE_SET=$(pointed original) || return 0
  BEFORE_REVISIONS="$ZA_REVISION $(read_file "$STATE/$CURRENT/revision") $(read_file "$STATE/$GOOD/revision")"
  put_service_back || return 1
  if pointed current >/dev/null; then point current "$BEFORE_SET" || { because "$STATE cannot be written"; return; }; fi
  WHY="$ROOT cannot be written"
  put_file_back "$NAME" "config.$EXT" && put_file_back oidc-credentials.json || return 1
  service_before || return 1
  trap '' TERM INT # from here on there is no way back, and nothing left to wait for
  rm -f "$STATE/current" && rm -f "$STATE/good" && rm -f "$STATE/original" && rm -rf "$STATE/sets" "$STATE/run/opened"
}

nothing_of_ours() { observe; [ -z "$CURRENT$GOOD" ] && ! linked "$NAME" "live.$EXT"; }

# restore: when the stack is destroyed.
restore() {
  LAST=$GOOD PHASE=switched RESTARTED=1 # what runs has our set, and reads no other without a restart
  if nothing_of_ours; then
    conclude unchanged - "nothing of this project is on the host"
    return 0
  fi
  pointed original >/dev/null || { because "what was there before the first deploy is not kept in $STATE"; return; }
  as_before || return 1
  conclude restarted - "what was there before the first deploy is back"
}

# leave: the folder is removed too, unless another run has come; a run that waits for the lock finds no folder of
# locks any more, and changes nothing.
leave() {
  take_lock "$$" 0 || return 0
  if nothing_of_ours; then mv -f "$STATE" "$STATE.gone" && rm -rf "$STATE.gone"; else free_lock; fi
}
