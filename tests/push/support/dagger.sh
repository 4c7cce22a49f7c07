#!/bin/sh
# Stands in for the dagger CLI, of which it knows one pipeline: a Dockerfile's build, exported or published with a login.
# What it builds is the OCI layout in FAKE_BUILD. It publishes as Dagger's engine does (containerd's pusher): a tag that has
# the digest already is left alone, anything else is pushed.
set -eu

refuse() {
  echo "Error: $*" >&2
  exit 1
}
[ "$1 $2 $3 $4 $6" = "core host directory --path docker-build" ] || refuse "unknown command \"$*\""
[ -d "$5" ] || refuse "$5: no such directory"
shift 6
case $* in
  "export --path "*)
    exec skopeo --insecure-policy copy --quiet --all --preserve-digests "$FAKE_BUILD" "oci-archive:$3"
    ;;
  "with-registry-auth --address "*" --username "*" --secret env:"*" publish --address "*) ;;
  *) refuse "unknown flag in \"$*\"" ;;
esac
host=$3 user=$5 variable=${7#env:} image=${10}
eval "secret=\${$variable:-}"
[ -n "$secret" ] || refuse "secret env var not found: \"$variable\""
[ "${image%%/*}" = "$host" ] || refuse "no login for ${image%%/*}"

login=$(mktemp)
built=$(mktemp)
trap 'rm -f "$login" "$built"' EXIT
skopeo inspect --raw "$FAKE_BUILD" >"$built" || refuse "failed to build"
printf '{"auths":{"%s":{"auth":"%s"}}}' "$host" "$(printf '%s:%s' "$user" "$secret" | base64 | tr -d '\n')" >"$login"
wanted=$(skopeo manifest-digest "$built")
there=$(skopeo inspect --raw --authfile "$login" --tls-verify=false "docker://$image" 2>/dev/null | skopeo manifest-digest /dev/stdin) || :
[ "$there" = "$wanted" ] ||
  skopeo --insecure-policy copy --quiet --all --preserve-digests --authfile "$login" --dest-tls-verify=false \
    "$FAKE_BUILD" "docker://$image" >&2
echo "$image@$wanted"
