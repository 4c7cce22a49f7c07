#!/bin/sh
# push-dagger.sh REPOSITORY:TAG DAGGER-ARGUMENTS...
#
# Builds and pushes an image with Dagger, as CI's key may: new tags only. The arguments are those of a dagger command that
# returns a container, e.g. `core host directory --path . docker-build` for a Dockerfile, or `call build --source .` for a
# module's own function; the login and the push are added to them. The key reaches Dagger as env:ZOT_CI_API_KEY.
# That the tag is there with the same digest is success, as after a retry; with another digest it is a failure.
# Prints REGISTRY/REPOSITORY:TAG@DIGEST. Settings: see registry.sh.
HERE=${0%/*}
[ "$HERE" != "$0" ] || HERE=.
# shellcheck source=docs/push/registry.sh
. "$HERE/registry.sh"

# Only by `run`, in whose subshell the key is exported: Dagger itself is the one program that gets it.
publish() {
  export ZOT_CI_API_KEY="$KEY"
  exec dagger "$@" with-registry-auth --address "$HOST" --username "$NAME" --secret env:ZOT_CI_API_KEY \
    publish --address "$IMAGE" >"$PRIVATE/published"
}

# digest_of_build DAGGER-ARGUMENTS...: sets DIGEST to what a refused push would have put there, from Dagger's cache.
digest_of_build() {
  if run dagger "$@" export --path "$PRIVATE/image.tar" >/dev/null; then
    run tar -xOf "$PRIVATE/image.tar" index.json >"$PRIVATE/index.json"
    DIGEST=$(tr -d ' \n' <"$PRIVATE/index.json" | sed 's/.*"digest":"\([^"]*\)".*/\1/')
  else
    DIGEST="unknown, since dagger could not export it"
  fi
}

main() {
  [ $# -ge 2 ] || fail "usage: push-dagger.sh REPOSITORY:TAG DAGGER-ARGUMENTS..."
  need dagger curl base64 tar
  open_registry "$1"
  shift
  ask_first
  before=$THERE
  tries=1
  until run publish "$@"; do
    look
    if [ -n "$THERE" ]; then
      digest_of_build "$@"
      [ "$DIGEST" = "$THERE" ] || conflict "$DIGEST"
      break
    fi
    [ "$tries" -lt "$ATTEMPTS" ] || fail "dagger did not get $REPOSITORY:$TAG built and pushed in $tries tries; its reasons stand above"
    say "try $tries of $ATTEMPTS failed"
    pause
    tries=$((tries + 1))
    may_push
  done
  look
  [ -n "$THERE" ] || fail "dagger reported success, but $REPOSITORY:$TAG is not in the registry"
  [ "$before" != "$THERE" ] || say "$REPOSITORY:$TAG is there already, with this digest"
  pushed "$THERE"
}

main "$@"
