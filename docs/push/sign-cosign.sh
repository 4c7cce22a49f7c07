#!/bin/sh
# sign-cosign.sh REPOSITORY@DIGEST COSIGN-ARGUMENTS...
#
# Signs what was pushed, as CI's key may: `cosign sign` keeps its signature under the tag sha256-<digest>.sig, and would add
# a second one by changing that tag, which CI may not. So a signature that is there already is success, as after a retry.
# The arguments are cosign's own, e.g. `--key env://COSIGN_PRIVATE_KEY --yes`. Settings: see registry.sh.
HERE=${0%/*}
[ "$HERE" != "$0" ] || HERE=.
# shellcheck source=docs/push/registry.sh
. "$HERE/registry.sh"

main() {
  [ $# -ge 1 ] || fail "usage: sign-cosign.sh REPOSITORY@DIGEST COSIGN-ARGUMENTS..."
  need cosign curl base64
  case $1 in
    *@sha256:*) ;;
    *) fail "\"$1\" is not REPOSITORY@sha256:DIGEST; push-skopeo.sh and push-dagger.sh end by printing it" ;;
  esac
  digest=${1##*@}
  image=${1%@*}
  shift
  # A tag before the @ is not part of the repository; a port before the first slash is part of the registry.
  case ${image##*/} in *:*) image=${image%:*} ;; esac
  open_registry "$image:sha256-${digest#sha256:}.sig"
  look
  if [ -n "$THERE" ]; then
    say "$REPOSITORY@$digest is signed already"
    return 0
  fi
  may_push
  run env DOCKER_CONFIG="$PRIVATE" cosign sign "$@" "$HOST/$REPOSITORY@$digest" ||
    fail "cosign did not sign $REPOSITORY@$digest; its reason stands above. Run this job again: nothing needs to be undone"
}

main "$@"
