#!/bin/sh
# For whoever reads a host: what is named in configs, as far as no parser of theirs is needed.

# texts_of NAME: the values of that name in a config in JSON or YAML on stdin, in whatever case zot would read it.
# shellcheck disable=SC2020 # three characters, each of which becomes a line feed
texts_of() { tr ',{}' '\n\n\n' | grep -i "^[[:space:]\"']*$1[\"']*[[:space:]]*:" | sed "s/^[^:]*:[[:space:]]*//; s/[\"'[:space:]]//g"; }

# on_host PATH: where a file that a config names lies on the host: of a container behind its mounts, of which ZC_MOUNTS has one a line
# (its place in the container, a colon, its place on the host), the deepest first. Nothing, where it is in the image.
on_host() {
  on_host_path=
  [ -n "${ZC_MOUNTS:-}" ] || on_host_path=$1
  while IFS=: read -r on_host_inside on_host_outside; do
    case $1 in "$on_host_inside" | "${on_host_inside%/}"/*)
      on_host_path=$on_host_outside${1#"${on_host_inside%/}"}
      break
      ;;
    esac
  done <<MOUNTS
${ZC_MOUNTS:-}
MOUNTS
  printf '%s\n' "$on_host_path"
}

# client_ids CONFIG: by which people log in: of the credentials files, and of the config itself, as older guides have it.
client_ids() {
  {
    texts_of clientid <"$1"
    {
      echo "$ROOT/oidc-credentials.json"
      texts_of credentialsFile <"$1" | while read -r credentials; do on_host "$credentials"; done
    } | sort -u | while read -r credentials; do
      [ ! -f "$credentials" ] || texts_of clientid <"$credentials"
    done
  } 2>/dev/null | sort -u
}
