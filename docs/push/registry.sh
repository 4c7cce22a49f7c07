# shellcheck shell=sh
# What the push scripts share: the key, a private folder, and what the registry says of one tag. Sourced, never run.
#
#   REGISTRY_URL    where the registry answers, e.g. https://registry.example.org
#   ZOT_CI_API_KEY  CI's key; taken out of the environment before anything else is started
#   ZOT_USERNAME    whose key it is (zot-ci)
#   PUSH_ATTEMPTS   how often to try before giving up (6)
#   PUSH_DELAY      seconds between two tries (10): together they outlast a restart of the registry
set -eu
# A trace would print the key.
set +x
umask 077

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
fail() {
  say "$*"
  exit 1
}

# need PROGRAM...: all of them, or an end that names what is missing.
need() {
  missing=
  for program in "$@"; do
    command -v "$program" >/dev/null 2>&1 || missing="$missing $program"
  done
  [ -z "$missing" ] || fail "not found on this runner:$missing; add it to the runner's image or packages"
}

# open_registry IMAGE: reads the settings, checks them, and makes the private folder with the files that hold the key.
open_registry() {
  ATTEMPTS=${PUSH_ATTEMPTS:-6}
  DELAY=${PUSH_DELAY:-10}
  NAME=${ZOT_USERNAME:-zot-ci}
  read_numbers
  read_name
  read_url
  read_image "$1"
  read_key
  PRIVATE=$(mktemp -d) || fail "no private folder could be made in ${TMPDIR:-/tmp}"
  CHILD=
  trap 'rm -rf "$PRIVATE"' EXIT
  trap 'stop HUP 129' HUP
  # A shell without a terminal starts its children with INT ignored.
  trap 'stop TERM 130' INT
  trap 'stop TERM 143' TERM
  # printf is part of the shell: what it is given is in no process's arguments.
  auth=$(printf '%s:%s' "$NAME" "$KEY" | base64 | tr -d '\n')
  printf '{"auths":{"%s":{"auth":"%s"}}}\n' "$HOST" "$auth" >"$PRIVATE/config.json"
  printf 'user = "%s:%s"\n' "$NAME" "$KEY" >"$PRIVATE/curl"
  unset auth
}

read_numbers() {
  case $ATTEMPTS in
    '' | *[!0-9]* | 0*) fail "PUSH_ATTEMPTS must be a whole number from 1 on, it is \"$ATTEMPTS\"" ;;
  esac
  case $DELAY in
    '' | *[!0-9]*) fail "PUSH_DELAY must be a whole number of seconds, it is \"$DELAY\"" ;;
  esac
}

# The name goes into curl's file of options, where a quotation mark and a line break would begin another one.
read_name() {
  case $NAME in
    *[!A-Za-z0-9._@+-]*) fail "ZOT_USERNAME holds a character that no user name of the registry has; letters, digits and . _ @ + - are possible" ;;
  esac
}

# shellcheck disable=SC2034 # TLS is for push-skopeo.sh
read_url() {
  case ${REGISTRY_URL:-} in
    https://*) TLS=true ;;
    # Over plain HTTP the key would travel in clear: on loopback only.
    http://127.0.0.1:* | http://localhost:*) TLS=false ;;
    '') fail "REGISTRY_URL is not set; it is the URL of the registry, e.g. https://registry.example.org" ;;
    *) fail "REGISTRY_URL must begin with https://, it is \"$REGISTRY_URL\"" ;;
  esac
  HOST=${REGISTRY_URL#*://}
  HOST=${HOST%/}
  case $HOST in
    '' | *[!A-Za-z0-9.:-]*) fail "REGISTRY_URL must be a host alone, without a path or a user, it is \"$REGISTRY_URL\"" ;;
  esac
  URL=${REGISTRY_URL%/}
}

read_image() {
  REPOSITORY=${1#"$HOST/"}
  TAG=${REPOSITORY##*:}
  REPOSITORY=${REPOSITORY%:*}
  case $REPOSITORY in
    '' | /* | */ | *[!a-z0-9._/-]*) fail "\"$1\" is no image like blumeops/hello:1.0 (REPOSITORY:TAG, small letters)" ;;
  esac
  case $TAG in
    '' | "$REPOSITORY" | [.-]* | *[!A-Za-z0-9._-]*) fail "\"$1\" has no tag; give one that is new with each build, like blumeops/hello:1.0-4f2a9c1" ;;
  esac
  IMAGE=$HOST/$REPOSITORY:$TAG
}

read_key() {
  KEY=${ZOT_CI_API_KEY:-}
  # From here on the programs that this script starts do not inherit it.
  unset ZOT_CI_API_KEY
  case $KEY in
    '') fail "ZOT_CI_API_KEY is empty: give it to this step by env: \${{ secrets.ZOT_CI_API_KEY }}, and see that the repository is named under zot-access:forgejo (pull requests from forks get no secrets)" ;;
    *[!A-Za-z0-9_.~+/=-]*) fail "ZOT_CI_API_KEY holds a character that no key has, perhaps a blank or a line break at its end" ;;
  esac
}

# stop SIGNAL STATUS: passes the signal on, and ends; the trap on EXIT removes the private folder.
# shellcheck disable=SC2317 # run by the traps
stop() {
  # The key first: a child may take its time to end.
  rm -f "$PRIVATE/config.json" "$PRIVATE/curl"
  if [ -n "$CHILD" ]; then
    kill -s "$1" "$CHILD" 2>/dev/null || :
    wait "$CHILD" 2>/dev/null || :
  fi
  exit "$2"
}

# run COMMAND...: as a child that a signal to this script ends too; a shell answers no signal while a command runs before it, nor
# while it waits for the output of $(...). So whatever may take time is run by this.
run() {
  exec 3<&0
  "$@" <&3 &
  CHILD=$!
  result=0
  wait "$CHILD" || result=$?
  CHILD=
  exec 3<&-
  return "$result"
}

# ask CURL-OPTIONS...: one request for the tag's manifest. Sets STATUS (000: no answer), DIGEST_THERE and PROBLEM.
ask() {
  : >"$PRIVATE/headers"
  run curl -q --config "$PRIVATE/curl" --silent --show-error --connect-timeout 10 --max-time 30 --output /dev/null \
    --dump-header "$PRIVATE/headers" --write-out '%{http_code}' "$@" \
    "$URL/v2/$REPOSITORY/manifests/$TAG" </dev/null >"$PRIVATE/status" 2>"$PRIVATE/problem" || echo 000 >"$PRIVATE/status"
  STATUS=$(cat "$PRIVATE/status")
  PROBLEM=$(cat "$PRIVATE/problem")
  DIGEST_THERE=$(sed -n 's/^[Dd]ocker-[Cc]ontent-[Dd]igest: *\([a-z0-9]*:[0-9a-f]*\).*/\1/p' "$PRIVATE/headers")
}

# asked WHAT CURL-OPTIONS...: ask, patiently while the registry is away, and not at all where its answer is a refusal.
asked() {
  what=$1
  shift
  left=$ATTEMPTS
  while :; do
    ask "$@"
    case $STATUS in
      000 | 429 | 5??) ;;
      401) fail "the registry does not accept the key of $NAME (401): it has expired or was revoked. Run pulumi up, which mints another, then this job again" ;;
      403) fail "$NAME may not $what $REPOSITORY (403). Its pusher may push to the repositories of zot-access:pushers.NAME.in; name this one there, or push to one of them" ;;
      *) return 0 ;;
    esac
    left=$((left - 1))
    [ "$left" -gt 0 ] || fail "$URL does not answer as a registry, $ATTEMPTS times ($STATUS${PROBLEM:+, $PROBLEM}). Nothing is lost: run this job again when it is back"
    pause
  done
}

pause() {
  run sleep "$DELAY"
}

# look: sets THERE to the digest that the tag has now, or to nothing.
look() {
  asked "read" --head --header 'Accept: application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json'
  case $STATUS in
    200) THERE=$DIGEST_THERE ;;
    404) THERE= ;;
    *) fail "$URL answered $STATUS to the question whether $REPOSITORY:$TAG exists; is it the registry?" ;;
  esac
  [ "$STATUS" = 404 ] || [ -n "$THERE" ] || fail "$URL answered without a digest to the question whether $REPOSITORY:$TAG exists"
}

# may_push: asks before anything is built or sent. zot judges rights before it looks at the manifest, so an empty one
# tells: 400 means allowed, and nothing was written.
may_push() {
  asked "push to" --request PUT --header 'Content-Type: application/vnd.oci.image.manifest.v1+json' --data '{}'
  case $STATUS in
    400) ;;
    *) fail "$URL answered $STATUS to the question whether $NAME may push to $REPOSITORY" ;;
  esac
}

# ask_first: whether the tag is there, or else whether it may be pushed, before anything is built or read.
ask_first() {
  look
  [ -n "$THERE" ] || may_push
}

# conflict DIGEST: the end of a push of that digest to a tag that has another one.
conflict() {
  say "$REPOSITORY:$TAG exists already, with another digest, and CI never changes a tag
  in the registry: $THERE
  this build:      $1
Push this build under a tag of its own, for instance with the commit in it. If the tag there is wrong, an admin deletes it
first: see docs/tag-immutability.md of zot-access."
  exit 1
}

# pushed DIGEST: says where the image is, for people and for the next step of the job.
pushed() {
  printf '%s@%s\n' "$IMAGE" "$1"
  if [ -n "${GITHUB_OUTPUT:-}" ]; then
    printf 'image=%s@%s\n' "$HOST/$REPOSITORY" "$1" >>"$GITHUB_OUTPUT"
  fi
}
