#!/bin/sh
# Reads the zot that look-around.sh found, and changes nothing. Sent by systems/host/installation.ts behind its settings (ZA_…),
# common.sh and client-ids.sh.
set -u

# What stands before it may end without a line feed.
part() { printf '\n== %s\n' "$*"; }

# shellcheck disable=SC2034 # client-ids.sh reads it
ROOT=${ZA_CONFIG%/*}
part version
zot_version
part clientIds
client_ids "$ZA_CONFIG"
part repositories
texts_of rootDirectory <"$ZA_CONFIG" | sort -u | while read -r folder; do
  case $folder in /*) folder=$(on_host "$folder") ;; *) continue ;; esac
  [ -n "$folder" ] || continue
  # Those below one that was listed are listed with it; the folder's own name is no part of theirs.
  (cd "$folder" 2>/dev/null && find . -type d -name blobs -prune -o -type f -name oci-layout -print 2>/dev/null) |
    sed 's,^\./,,; s,/oci-layout$,,' | head -n 5000
done | sort -u
part config
cat "$ZA_CONFIG"
echo
part end
