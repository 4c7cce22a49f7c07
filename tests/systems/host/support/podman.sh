#!/bin/sh
# A real Podman, with a storage of its own and what it needs on a machine without systemd, which as `docker` takes docker's words
# alone. The image is empty: the folders of the machine in of-machine are mounted into it.
set -u
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
folder=${0%/*}
command=$1
shift
if [ "$command" = run ]; then
  while read -r mounted; do set -- -v "$mounted:$mounted:ro" "$@"; done <"$folder/of-machine"
fi
if [ "${0##*/}" = docker ]; then
  for word in "$@"; do
    case $word in --replace* | --sdnotify* | --cgroups* | --rootfs*) echo "unknown flag: $word" >&2 && exit 125 ;; esac
  done
fi
[ "$command" != run ] || set -- --ulimit nofile=1024:1024 --ulimit nproc=1000:1000 "$@"
exec podman --root "$folder/of-podman/root" --runroot "$folder/of-podman/run" --storage-driver vfs --runtime runc \
  --cgroup-manager cgroupfs --events-backend file "$command" "$@"
