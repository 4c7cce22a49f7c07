#!/bin/sh
# For whoever reads a host: what is named in configs, as far as no parser of theirs is needed.

# texts_of NAME: the values of that name in a config in JSON or YAML on stdin, in whatever case zot would read it.
# shellcheck disable=SC2020 # three characters, each of which becomes a line feed
texts_of() { tr ',{}' '\n\n\n' | grep -i "^[[:space:]\"']*$1[\"']*[[:space:]]*:" | sed "s/^[^:]*:[[:space:]]*//; s/[\"'[:space:]]//g"; }

# client_ids CONFIG: by which people log in: of the credentials files, and of the config itself, as older guides have it.
client_ids() {
  {
    texts_of clientid <"$1"
    { echo "$ROOT/oidc-credentials.json"; texts_of credentialsFile <"$1"; } | sort -u | while read -r credentials; do
      [ ! -f "$credentials" ] || texts_of clientid <"$credentials"
    done
  } 2>/dev/null | sort -u
}
