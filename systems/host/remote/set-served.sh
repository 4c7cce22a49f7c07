#!/bin/sh
# shellcheck disable=SC2153 # variables are shared with the other parts that systems/host/scripts.ts puts together
# Of a service that reads its config by a link: what the next start reads, and what zot serves now. Where they differ, a restart is under
# way, has failed, or was lost with whoever asked for it.

# reads: full or fallback (see launcher-beside.sh); nothing where the link is none of ours.
reads() {
  case $(readlink "$ROOT/$NAME" 2>/dev/null) in
  "zot-access/current/live.$EXT") echo full ;;
  "zot-access/run/fallback.$EXT") echo fallback ;;
  esac
}

# serves: full or fallback by whether zot knows of logins by the issuer (without them 404, or 400 beside those of another), or none where
# it does not answer. Nothing where it cannot be told, as behind a limit of requests.
serves() {
  case $(ask "$ZA_URL/zot/auth/login?provider=oidc&callback_ui=/v2/") in
  302) echo full ;;
  400 | 404) echo fallback ;;
  000 | 5??) answers "$ZA_URL" || echo none ;;
  esac
}

# opened_file MODE: what zot opened, where that is what it serves.
opened_file() {
  if [ "$1" = full ]; then echo "$(cd "$STATE/current" && pwd -P)/live.$EXT"; else echo "$(cd "$STATE/run" && pwd -P)/fallback.$EXT"; fi
}
