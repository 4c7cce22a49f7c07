#!/bin/sh
# For scripts that read a host: values in configs, without a real parser.

# texts_of NAME: the values of that name in a config in JSON or YAML on stdin, in any case, as in zot.
# shellcheck disable=SC2020 # three characters, each of which becomes a line feed
texts_of() { tr ',{}' '\n\n\n' | grep -i "^[[:space:]\"']*$1[\"']*[[:space:]]*:" | sed "s/^[^:]*:[[:space:]]*//; s/[\"'[:space:]]//g"; }

# on_host PATH: the host's path of a file in a config: for a container through its mounts, which ZC_MOUNTS lists one
# per line (path in the container, a colon, path on the host), the deepest first. Empty if it is in the image.
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

# client_ids CONFIG: the client ids of the logins, from the credentials files, and from the config itself, as in older
# guides.
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
