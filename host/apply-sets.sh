#!/bin/sh
# The sets of apply.sh: what is there, what is wanted, what is kept, and the one switch between them.

# Texts go through printf, a builtin everywhere: nothing of them shows in a process list.
holds() { [ -f "$1" ] && printf '%s' "$2" | cmp -s - "$1"; }
put() { printf '%s' "$2" >"$1" && holds "$1" "$2"; }
private() { case $(ls -lL "$1" 2>/dev/null) in -rw-------*) return 0 ;; *) return 1 ;; esac }
read_file() { cat "$1" 2>/dev/null || :; }

# point NAME SET: `mv link folder/` renames over folder/NAME in one step everywhere, while `mv link folder/NAME` would move
# the link into the old set, and the flags against that differ (GNU -T, BSD -h).
point() {
  rm -rf "$STATE/point" && mkdir "$STATE/point" && ln -s "$2" "$STATE/point/$1" && mv -f "$STATE/point/$1" "$STATE/" &&
    [ "$(readlink "$STATE/$1")" = "$2" ]
}

pointed() {
  pointed_set=$(readlink "$STATE/$1" 2>/dev/null) && [ -d "$STATE/$pointed_set" ] && echo "$pointed_set"
}

linked() { [ "$(readlink "$ROOT/$1" 2>/dev/null)" = "$STATE/current/$2" ]; }
link() {
  linked "$1" "$2" || { ln -s "$STATE/current/$2" "$STATE/link-$1" && mv -f "$STATE/link-$1" "$ROOT/$1"; }
}

observe() {
  CURRENT=$(pointed current)
  GOOD=$(pointed good)
  MODE=full OPENED=
  if [ -f "$STATE/run/opened" ]; then { read -r MODE && read -r OPENED; } <"$STATE/run/opened"; fi
}

kept_login() { if [ "$MODE" = fallback ]; then echo fallback; else echo kept; fi; }
running_process() { if [ "$ZA_LAUNCHED" = 1 ]; then read_file "$STATE/run/zot.pid"; else service_pid; fi; }
running_version() { if [ "$ZA_LAUNCHED" = 1 ]; then read_file "$STATE/run/version"; else version_of "$ZA_ZOT"; fi; }

# What the desired set holds besides the config, byte for byte.
same_besides_config() {
  holds "$STATE/$1/restart-key" "$ZA_RESTART_KEY" && holds "$STATE/$1/oidc-credentials.json" "$ZA_CREDENTIALS" &&
    holds "$STATE/$1/launcher.sh" "$ZA_LAUNCHER" && holds "$STATE/$1/launcher.env" "$ZA_LAUNCHER_ENV"
}

# same_or_absent FILE FILE
same_or_absent() { cmp -s "$1" "$2" || { [ ! -e "$1" ] && [ ! -e "$2" ]; }; }

# What lies in the places that zot and the service manager read is this set, untouched.
intact() {
  same_or_absent "$STATE/$1/config.json" "$ROOT/config.json" &&
    same_or_absent "$STATE/$1/oidc-credentials.json" "$ROOT/oidc-credentials.json" &&
    { [ "$ZA_MANAGE" = 0 ] || same_or_absent "$STATE/$1/service" "$(service_file)"; }
}

as_desired() {
  observe
  [ -n "$CURRENT" ] && [ "$CURRENT" = "$GOOD" ] && intact "$CURRENT" && linked config.json live.json &&
    linked oidc-credentials.json oidc-credentials.json && private "$ROOT/oidc-credentials.json" &&
    holds "$ROOT/config.json" "$ZA_CONFIG" &&
    holds "$STATE/$CURRENT/fallback.json" "$ZA_FALLBACK" && same_besides_config "$CURRENT" &&
    [ "$(running_version)" = "$(version_of "$ZA_ZOT")" ] && proven_within 3 "$(kept_login)"
}

verify() {
  if ! verify_says=$(bounded 60 "$ZA_ZOT" verify "$1" 2>&1); then
    WHY="zot verify refuses the $2: $(printf '%s' "$verify_says" | grep -i error | tail -n 1 | cut -c 1-400)"
    return 1
  fi
}

stage() {
  STAGE=$STATE/stage
  WHY="$STATE cannot be written (is the disk full?)"
  rm -rf "$STAGE" && mkdir -p "$STATE/sets" "$STAGE" || return 1
  put "$STAGE/config.json" "$ZA_CONFIG" && put "$STAGE/live.json" "$ZA_CONFIG" && put "$STAGE/fallback.json" "$ZA_FALLBACK" &&
    put "$STAGE/oidc-credentials.json" "$ZA_CREDENTIALS" && put "$STAGE/launcher.sh" "$ZA_LAUNCHER" &&
    put "$STAGE/launcher.env" "$ZA_LAUNCHER_ENV" && put "$STAGE/service" "$ZA_SERVICE_TEXT" &&
    put "$STAGE/revision" "$ZA_REVISION" && put "$STAGE/restart-key" "$ZA_RESTART_KEY" &&
    put "$STAGE/generation" "$ZA_GENERATION" && put "$STAGE/verify.json" "$ZA_VERIFY" || return 1
  WHY="$ZA_ZOT is not an executable file"
  [ -f "$ZA_ZOT" ] && [ -x "$ZA_ZOT" ] || return 1
  verify "$STAGE/verify.json" config && verify "$STAGE/fallback.json" "fallback config" || return 1
  stage_version=$(bounded 60 version_of "$ZA_ZOT")
  WHY="the host's zot is ${stage_version:-of an unknown version} instead of $ZA_EXPECTED"
  [ -z "$ZA_EXPECTED" ] || [ "$stage_version" = "$ZA_EXPECTED" ] || return 1
  WHY="$STATE cannot be written"
  rm "$STAGE/verify.json" && give "$STAGE" && mv "$STAGE" "$STATE/$SET"
}

# Files belong to the user that zot runs as, where that is another one.
give() { [ -z "$ZA_OWNER" ] || chown -R "$ZA_OWNER" "$1"; }

# Sets LAST to the set to go back to. What somebody else put there (before the first deploy, or by hand) becomes a set of
# its own, unless zot itself would refuse it and a proven set is at hand.
keep_last_good() {
  LAST=$GOOD TOUCHED=0 WHY="$STATE cannot be written"
  if [ "$CURRENT" != "$GOOD" ] && linked config.json live.json; then return 0; fi # a run that was cut
  if [ -n "$GOOD" ] && intact "$GOOD"; then return 0; fi
  TOUCHED=1
  [ -f "$ROOT/config.json" ] || return 0
  if [ -n "$GOOD" ] && ! verify "$ROOT/config.json" "config that is there"; then return 0; fi
  LAST=$SET-found
  mkdir "$STATE/$LAST" && cp -p "$ROOT/config.json" "$STATE/$LAST/config.json" &&
    cp -p "$ROOT/config.json" "$STATE/$LAST/live.json" || return 1
  if [ -f "$ROOT/oidc-credentials.json" ]; then
    cp -p "$ROOT/oidc-credentials.json" "$STATE/$LAST/" || return 1
  fi
  if [ "$ZA_MANAGE" = 1 ] && [ -f "$(service_file)" ]; then
    cp -p "$(service_file)" "$STATE/$LAST/service" || return 1
  fi
  give "$STATE" && point good "$LAST" && point current "$LAST" && { [ -L "$STATE/original" ] || point original "$LAST"; }
}

# Sets that nobody needs any more; the running zot watches its own.
prune() {
  for prune_set in "$STATE"/sets/*; do
    case sets/${prune_set##*/} in "$SET" | "$LAST" | "$(pointed original)") continue ;; esac
    case $OPENED in "$prune_set"/*) continue ;; esac
    rm -rf "$prune_set"
  done
}

