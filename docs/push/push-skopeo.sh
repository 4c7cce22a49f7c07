#!/bin/sh
# push-skopeo.sh SOURCE REPOSITORY:TAG
#
# Pushes an image with skopeo, as CI's key may: new tags only. SOURCE is any place that skopeo reads, e.g.
# docker-archive:result (Nix), oci-archive:image.tar, oci:folder:name, docker://other.example.org/image:1.0; of an index all
# its images. That the tag is there with the same digest is success, as after a retry; with another digest it is a failure.
# Prints REGISTRY/REPOSITORY:TAG@DIGEST. Settings: see registry.sh.
HERE=${0%/*}
[ "$HERE" != "$0" ] || HERE=.
# shellcheck source=docs/push/registry.sh
. "$HERE/registry.sh"

# unpack FILE: gzipped archives and pipes, as Nix makes them; skopeo 1.9.3 of Debian 12 reads neither (measured).
unpack() {
  # A standard input that is a socket cannot be opened by its name.
  if [ "$1" = /dev/stdin ]; then set --; fi
  run cat "$@" >"$PRIVATE/packed" || fail "the archive cannot be read"
  if run gzip -dc <"$PRIVATE/packed" >"$PRIVATE/image.tar" 2>/dev/null; then
    rm "$PRIVATE/packed"
  else
    mv "$PRIVATE/packed" "$PRIVATE/image.tar"
  fi
}

# Makes the bytes what they are, once: the digest is known before anything is sent, and is the same at each try.
stage() {
  source=$1
  case $source in
    docker-archive:*)
      rest=${source#docker-archive:}
      unpack "${rest%%:*}"
      # What follows a second colon chooses one image of several.
      source=docker-archive:$PRIVATE/image.tar${rest#"${rest%%:*}"}
      set -- --dest-compress
      ;;
    # Their layers are not packed; that is done here, and not by the push, which would change the digest.
    docker-daemon:* | containers-storage:*) set -- --dest-compress ;;
    *) set -- --preserve-digests ;;
  esac
  # Nix has no /etc/containers/policy.json, without which skopeo reads nothing; where there is one, it holds.
  policy=--insecure-policy
  if [ -f /etc/containers/policy.json ] || [ -f "${HOME:-}/.config/containers/policy.json" ]; then policy=; fi
  run skopeo ${policy:+"$policy"} copy --all "$@" "$source" "dir:$PRIVATE/image" >&2 ||
    fail "skopeo could not read the image; its reason stands above"
  rm -f "$PRIVATE/image.tar"
  run skopeo manifest-digest "$PRIVATE/image/manifest.json" >"$PRIVATE/digest"
  DIGEST=$(cat "$PRIVATE/digest")
}

push() {
  run skopeo --insecure-policy copy --all --preserve-digests --authfile "$PRIVATE/config.json" \
    --dest-tls-verify="$TLS" "dir:$PRIVATE/image" "docker://$IMAGE" >&2
}

main() {
  [ $# -eq 2 ] || fail "usage: push-skopeo.sh SOURCE REPOSITORY:TAG"
  need skopeo curl base64 gzip
  open_registry "$2"
  ask_first
  stage "$1"
  tries=0
  while :; do
    look
    if [ "$THERE" = "$DIGEST" ]; then break; fi
    [ -z "$THERE" ] || conflict "$DIGEST"
    [ "$tries" -lt "$ATTEMPTS" ] || fail "skopeo did not get $REPOSITORY:$TAG pushed in $tries tries; its reasons stand above. What it sent is kept: run this job again"
    [ "$tries" -eq 0 ] || pause
    tries=$((tries + 1))
    may_push
    push || say "try $tries of $ATTEMPTS failed"
  done
  [ "$tries" -gt 0 ] || say "$REPOSITORY:$TAG is there already, with this digest"
  pushed "$DIGEST"
}

main "$@"
