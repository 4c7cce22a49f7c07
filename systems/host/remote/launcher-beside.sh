#!/bin/sh
# shellcheck disable=SC2034,SC2153,SC2154 # variables are shared with the other parts that systems/host/scripts.ts puts together
# The launcher beside a service of somebody else's, such as a quadlet or a compose file, that runs `zot serve` itself: it starts nothing.
# Where zot does not come up and its issuer is away, it has the service read the fallback config; once the issuer is back, the
# full one. What zot reads is a link, which a runtime follows at each start, for a folder that is mounted as for a file.

# serve_from SET-FILE MODE: what the next start reads, and what a deploy finds noted.
serve_from() {
  rm -f "$RUN/link" && ln -s "zot-access/$1" "$RUN/link" && mv -f "$RUN/link" "$ROOT/$NAME" || return 1
  note opened "$2
$(cd "$STATE/${1%/*}" && pwd -P)/${1##*/}"
}

# A unit that ended too often is not started again before it is told to be forgotten.
start_anew() {
  [ "$ZA_MANAGER" != systemd ] || bounded 60 systemctl_ reset-failed "$ZA_SERVICE" >/dev/null 2>&1
  start_again >"$RUN/beside.log" 2>&1 || say "WARNING: the service did not restart: $(tail -n 1 "$RUN/beside.log" | cut -c 1-200)"
}

reads_fallback() { [ "$(readlink "$ROOT/$NAME" 2>/dev/null)" = "zot-access/run/fallback.$EXT" ]; }
reads_ours() { [ "$(readlink "$ROOT/$NAME" 2>/dev/null)" = "zot-access/current/live.$EXT" ]; }

# look: once. A deploy that goes on moves the service by itself.
look() {
  if lock_held; then
    DOWN_SINCE=
  elif reads_fallback; then
    if issuer_answers "$ZL_ISSUER" 5 && ! lock_held; then
      say "$ZL_ISSUER answers again: zot restarts with the full config"
      serve_from "current/live.$EXT" full && start_anew
    fi
  elif ! reads_ours || answers "$ZA_URL" || issuer_answers "$ZL_ISSUER" 5; then
    DOWN_SINCE=
  elif [ -z "$DOWN_SINCE" ]; then
    DOWN_SINCE=$(now)
  elif [ $(($(now) - DOWN_SINCE)) -ge "$ZL_BOOT" ] && ! lock_held; then
    DOWN_SINCE=
    cp -p "$STATE/current/fallback.$EXT" "$RUN/fallback.$EXT" || return 1 # also whose it is
    say "WARNING: $ZL_ISSUER does not answer ($ISSUER_PROBLEM): zot starts WITHOUT logins; pulls and API keys work"
    serve_from "run/fallback.$EXT" fallback && start_anew
  fi
}

beside() {
  ROOT=$ZL_STATE && ROOT=${ROOT%/zot-access} STATE=$ZL_STATE CONNECT=$ZA_ADDRESS DOWN_SINCE=
  files_of "$(cat "$SET/name")"
  # The next deploy may bring another launcher; a destroy takes this one away.
  while [ ! "$STOPPING" ] && [ "$(cd "$STATE/current" 2>/dev/null && pwd -P)" = "$SET" ]; do
    look
    rest "$ZL_POLL"
  done
  [ "$STOPPING" ] || [ ! -f "$STATE/current/launcher.sh" ] || exec /bin/sh "$STATE/current/launcher.sh" beside
}
