#!/bin/sh
# A real Docker's client, for a daemon of its own. The image is empty: the folders of the machine in of-machine are mounted into it.
set -u
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
folder=$(dirname "$0")
command=$1
shift
if [ "$command" = run ]; then
  while read -r mounted; do set -- -v "$mounted:$mounted:ro" "$@"; done <"$folder/of-machine"
fi
exec docker -H "unix://$folder/of-docker/socket" "$command" "$@"
