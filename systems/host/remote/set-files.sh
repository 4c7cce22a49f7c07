#!/bin/sh
# shellcheck disable=SC2034,SC2153 # variables are shared with the other parts that systems/host/scripts.ts puts together
# Names of configs. They decide the format (.yaml and .yml are YAML, all else is JSON), for zot as for this.

# files_of NAME: sets NAME, and EXT, the extension of every config of a set.
files_of() {
  NAME=$1
  case $NAME in *.yaml) EXT=yaml ;; *.yml) EXT=yml ;; *) EXT=json ;; esac
}

# deployed_name: the name that a deploy used for its config; an interrupted restore may have left one of three
# pointers.
deployed_name() {
  for deployed_set in current good original; do
    [ -d "$STATE/$deployed_set" ] || continue
    if [ -s "$STATE/$deployed_set/name" ]; then cat "$STATE/$deployed_set/name"; else echo config.json; fi
    return 0
  done
  return 1
}

