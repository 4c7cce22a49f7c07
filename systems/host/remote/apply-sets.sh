#!/bin/sh
# shellcheck disable=SC2034,SC2153 # variables are shared with the other parts that systems/host/scripts.ts puts together
# The sets of apply.sh: the current one, the desired one, the kept one, and the one switch between them.

# point NAME SET: `mv link folder/` renames over folder/NAME in one step everywhere, while `mv link folder/NAME` would
# move the link into the old set, and the flags against that differ (GNU -T, BSD -h).
point() {
  rm -rf "$STATE/point" && mkdir "$STATE/point" && ln -s "$2" "$STATE/point/$1" && mv -f "$STATE/point/$1" "$STATE/" &&
    [ "$(readlink "$STATE/$1")" = "$2" ]
}
pointed() { pointed_set=$(readlink "$STATE/$1" 2>/dev/null) && [ -d "$STATE/$pointed_set" ] && echo "$pointed_set"; }

# An interrupted run may have left $STATE/link as a link into the current set: nothing may be written through it.
no_link() { rm -f "$STATE/link"; }

# Fixed names, for zot and for users, are links into the current set.
# They also work in a container that has the folder at another path.
linked() {
  case $(readlink "$ROOT/$1" 2>/dev/null) in
  "zot-access/current/$2") return 0 ;;
  "zot-access/run/fallback.$EXT") [ "$MODE" = fallback ] ;; # the launcher beside a service: see launcher-beside.sh
  *) return 1 ;;
  esac
}
# The config that zot reads while it has its logins.
full_config() { if [ "$(reads)" = fallback ]; then echo "$STATE/current/live.$EXT"; else echo "$ROOT/$NAME"; fi; }
link() {
  linked "$1" "$2" || { no_link && ln -s "zot-access/current/$2" "$STATE/link" && mv -f "$STATE/link" "$ROOT/$1"; }
}
link_all() { link "$NAME" "live.$EXT" && link oidc-credentials.json oidc-credentials.json; }
linked_all() { linked "$NAME" "live.$EXT" && linked oidc-credentials.json oidc-credentials.json; }

observe() {
  CURRENT=$(pointed current) GOOD=$(pointed good) MODE=full OPENED=
  if [ -f "$STATE/run/opened" ]; then { read -r MODE && read -r OPENED; } <"$STATE/run/opened"; fi
  observe_beside
}
# The launcher beside a service notes what came true at its next look.
observe_beside() {
  observe_reads=$(reads)
  if [ "$ZA_LAUNCHED" = 1 ] || [ "${observe_reads:-$MODE}" = "$MODE" ]; then return 0; fi
  [ "$(serves)" != "$observe_reads" ] || MODE=$observe_reads OPENED=$(opened_file "$observe_reads")
}

# The login behaviour that a zot must prove that is not restarted.
kept_login() { if [ "$MODE" = fallback ]; then echo fallback; else echo kept; fi; }

running_process() { if [ "$ZA_LAUNCHED" = 1 ]; then read_file "$STATE/run/zot.pid"; else service_pid; fi; }
running_version() { if [ "$ZA_LAUNCHED" = 1 ]; then read_file "$STATE/run/version"; else zot_version; fi; }
same_binary() { [ "$ZA_LAUNCHED" = 0 ] || [ "$(running_version)" = "$(zot_version)" ]; }

# url_of SET: where it serves. A set from before the first deploy that did not serve has no note of it, only its
# config.
url_of() {
  url_port=$(ports_in "$STATE/$1/config.$EXT" | head -n 1)
  if [ -f "$STATE/$1/url" ]; then cat "$STATE/$1/url"; else echo "${ZA_URL%:*}:${url_port:-${ZA_URL##*:}}"; fi
}

# The content of the desired set besides the configs, byte for byte.
same_besides_config() {
  holds "$STATE/$1/restart-key" "$ZA_RESTART_KEY" && holds "$STATE/$1/oidc-credentials.json" "$ZA_CREDENTIALS" &&
    holds "$STATE/$1/launcher.sh" "$ZA_LAUNCHER" && holds "$STATE/$1/launcher.env" "$ZA_LAUNCHER_ENV"
}

# The files that zot and the service manager read are those of this set, unchanged.
intact() {
  same_or_absent "$STATE/$1/config.$EXT" "$(full_config)" &&
    same_or_absent "$STATE/$1/oidc-credentials.json" "$ROOT/oidc-credentials.json" &&
    { [ "$ZA_MANAGE" = 0 ] || same_or_absent "$STATE/$1/service" "$(service_file)"; }
}

as_desired() {
  observe
  [ -n "$CURRENT" ] && [ "$CURRENT" = "$GOOD" ] && linked_all && intact "$CURRENT" && private "$ROOT/oidc-credentials.json" &&
    holds "$(full_config)" "$ZA_CONFIG" && holds "$STATE/$CURRENT/fallback.$EXT" "$ZA_FALLBACK" &&
    same_besides_config "$CURRENT" && same_binary && within 3 proven "$ZA_URL" "$(kept_login)"
}

verify() {
  verify_says=$(asked 60 zot_run verify "$1" 2>&1)
  case $? in
  0) ;;
  124) because "zot verify of the $2 did not end within 60 s: see on the host what it waits for, and run pulumi up again" ;;
  *) because "zot verify refuses the $2: $(printf '%s\n' "$verify_says" | zot_error)" ;;
  esac
}

zot_there() {
  if [ -n "$ZC_IMAGE" ]; then
    command -v "$ZC_RUNTIME" >/dev/null 2>&1 || { because "$ZC_RUNTIME is not on the PATH of this session ($PATH)"; return; }
    image_told "$ZC_RUNTIME" "$ZC_IMAGE" >/dev/null
    case $? in
    0) ;;
    124) because "$ZC_RUNTIME does not answer on the host: see what \`$ZC_RUNTIME image inspect $ZC_IMAGE\` waits for there, and run pulumi up again" ;;
    *) because "the image $ZC_IMAGE is not on the host: run $ZC_RUNTIME pull $ZC_IMAGE there" ;;
    esac
  elif [ ! -f "$ZC_ZOT" ] || [ ! -x "$ZC_ZOT" ]; then because "$ZC_ZOT is not an executable file"; fi
}

# zot_owner: sets OWNER to the owner of the files that a container reads; empty if its user may read them anyway. A
# container of root or Docker has the host's own ids. In another user's container root is that user, and with keep-id
# the user keeps its id.
zot_owner() {
  OWNER=
  [ -n "$ZC_IMAGE" ] || return 0
  owner_is=${ZC_USER:-$(image_told "$ZC_RUNTIME" "$ZC_IMAGE" | json_text user)} owner_me=$(id -u)
  owner_to="here and in the container's own definition"
  case $owner_is in
  '' | 0 | 0:* | root | root:*) return 0 ;;
  *[!0-9:]*)
    because "the container runs as the user $owner_is, which its image alone knows: write its numbers (host.container.options: [\"--user=UID:GID\"]), $owner_to"
    return
    ;;
  esac
  if [ "$owner_me" = 0 ]; then OWNER=$owner_is
  elif [ "$ZC_RUNTIME" = docker ]; then
    [ "${owner_is%%:*}" = "$owner_me" ] ||
      because "the container runs as the user $owner_is, who could not read what $(id -un) ($owner_me) writes: set host.user to root or to that user"
  else
    case $ZC_ARGS in
    *--userns=*) return 0 ;;
    *) because "the container runs as the user $owner_is, who could not read what $(id -un) ($owner_me) writes: with rootless Podman leave --user out, or write --userns=keep-id beside it, $owner_to" ;;
    esac
  fi
}
# own PATH…: changes the owner of the files. The current user cannot list or change that owner's folders.
own() { [ -z "$OWNER" ] || chown "$OWNER" "$@"; }
own_set() {
  [ -n "$OWNER" ] || return 0
  chmod 711 "$STATE" "$STATE/sets" "$STATE/run" "$STAGE" &&
    own "$STAGE/config.$EXT" "$STAGE/live.$EXT" "$STAGE/fallback.$EXT" "$STAGE/verify.$EXT" "$STAGE/oidc-credentials.json"
}

# Writes the set, and has zot verify it with the new credentials.
stage() {
  WHY="$STATE cannot be written (is the disk full?)"
  STAGE=$STATE/$SET
  mkdir -p "$STATE/sets" "$STATE/run" && mkdir "$STAGE" && put "$STAGE/config.$EXT" "$ZA_CONFIG" &&
    put "$STAGE/live.$EXT" "$ZA_CONFIG" && put "$STAGE/fallback.$EXT" "$ZA_FALLBACK" &&
    put "$STAGE/oidc-credentials.json" "$ZA_CREDENTIALS" && put "$STAGE/launcher.sh" "$ZA_LAUNCHER" &&
    put "$STAGE/launcher.env" "$ZA_LAUNCHER_ENV" && put "$STAGE/revision" "$ZA_REVISION" &&
    put "$STAGE/url" "$ZA_URL" && put "$STAGE/name" "$NAME" &&
    put "$STAGE/restart-key" "$ZA_RESTART_KEY" && put "$STAGE/generation" "$ZA_GENERATION" || return 1
  [ "$ZA_MANAGE" = 0 ] || put "$STAGE/service" "$ZA_SERVICE_TEXT" || return 1
  fill "$ZA_VERIFY" @SET@ "$STAGE" >"$STAGE/verify.$EXT" || return 1
  zot_there && zot_owner || return 1
  own_set || { because "$STATE cannot be given to the user $OWNER"; return; }
  verify "$STAGE/verify.$EXT" config && verify "$STAGE/fallback.$EXT" "fallback config" || return 1
  rm -f "$STAGE/verify.$EXT"
  stage_version=$(zot_version)
  [ -z "$ZA_EXPECTED" ] || [ "$stage_version" = "$ZA_EXPECTED" ] ||
    because "the host's zot is ${stage_version:-of an unknown version} instead of $ZA_EXPECTED"
}

# Sets LAST to the set for a rollback. Files that another tool or a user put there become their own set, unless zot
# itself would refuse them and a proven set exists. TOUCHED: the current files are not the proven set.
keep_last_good() {
  LAST=$GOOD TOUCHED=0
  if [ "$CURRENT" != "$GOOD" ] && linked "$NAME" "live.$EXT"; then return 0; fi # an interrupted run
  if [ -n "$GOOD" ] && intact "$GOOD"; then return 0; fi
  TOUCHED=1
  WHY="$STATE cannot be written"
  if never_proven; then
    keep_original
    return
  fi
  [ -f "$ROOT/$NAME" ] || return 0
  # In a container the file has another path, or none; $STATE has the same one.
  cp "$ROOT/$NAME" "$STAGE/verify.$EXT" && own "$STAGE/verify.$EXT" || return 1
  verify "$STAGE/verify.$EXT" "config that is there"
  keep_status=$?
  rm -f "$STAGE/verify.$EXT"
  [ "$keep_status" = 0 ] || return 0
  LAST=$SET-found
  keep_found "$LAST" 0 && point good "$LAST" && point current "$LAST"
}

# drop_set SET: unless a pointer still uses it.
drop_set() {
  case $1 in '' | "$(pointed current)" | "$(pointed good)" | "$(pointed original)") ;; *) rm -rf "${STATE:?}/$1" ;; esac
}

# Sets that nothing uses any more; the previous one stays for users, and the running zot watches its own. Then the
# leftovers of interrupted runs.
prune() {
  for prune_set in "$STATE"/sets/*; do
    case $OPENED in "$prune_set"/*) continue ;; esac
    [ "sets/${prune_set##*/}" = "$LAST" ] || drop_set "sets/${prune_set##*/}"
  done
  for prune_work in "$STATE"/run/apply-*; do
    [ "$prune_work" != "$WORK" ] || continue # the process that waits for this run may have been killed
    kill -0 "${prune_work##*-}" 2>/dev/null || rm -rf "$prune_work"
  done
  rm -rf "$STATE/point" "$STATE/link" "$STATE/run/spare"
}
