#!/bin/sh
# A fake sudo for sessions that are root's and pass for those of the user `deploy` (id.sh), after sudo(8). As there: with -n
# nothing asks for a password, and what $FAKE_SERVICES/sudoers does not name is refused; -l says whether a command may be run,
# which tells nothing of passwords. Each line there: USER COMMAND, the command by its first words.
# It cannot stand in for environments, aliases, timestamps and requiretty.
set -u
PATH=/usr/bin:/bin
target=root list=
[ "$1" = -n ] || { echo "sudo: a terminal is required to read the password" >&2 && exit 1; }
shift
while :; do
  case $1 in
  -u) target=$2 && shift 2 ;;
  -l) list=1 && shift ;;
  *) break ;;
  esac
done
allowed=
while read -r user words; do
  case "$user $*" in "$target $words" | "$target $words "*) allowed=1 ;; esac
done <"$FAKE_SERVICES/sudoers"
[ -n "$allowed" ] || { echo "sudo: a password is required" >&2 && exit 1; }
[ -z "$list" ] || exit 0
export SUDO_USER=deploy
PATH=$FAKE_SERVICES:$PATH
[ "$target" = root ] || exec setpriv --reuid "$target" --clear-groups "$@"
exec "$@"
