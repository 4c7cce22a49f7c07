#!/bin/sh
# What the fakes of launchd and systemd share: keeps one command alive until told to stop. Like both, it ends what the
# command left behind in its process group, and throttles (a second instead of ten, and of systemd's RestartSec).
# What does not end by KEEP_ALIVE_KILL seconds after SIGTERM is killed. KEEP_ALIVE_GROUP: SIGTERM goes to all of its process group.
# Usage: keep-alive.sh FOLDER LOG COMMAND…   (FOLDER/pid: the process; FOLDER/starts: how often it was started again; FOLDER/stop: end it; FOLDER/again: do not throttle; USR1 to the
# process of FOLDER/keeper has it look at both at once, where it looks once a second by itself: a service costs nothing while it runs)
set -u
PATH=/usr/bin:/bin
folder=$1 log=$2
shift 2
trap : USR1
echo $$ >"$folder/keeper"
starts=-1
while [ ! -e "$folder/stop" ]; do
  starts=$((starts + 1))
  echo "$starts" >"$folder/starts"
  rm -f "$folder/again"
  began=$(date +%s)
  PATH=$FAKE_SERVICES:$PATH setsid "$@" >>"${KEEP_ALIVE_OUT:-$log}" 2>>"$log" </dev/null &
  pid=$!
  echo "$pid" >"$folder/pid"
  asked=
  while kill -0 "$pid" 2>/dev/null; do
    if [ -z "$asked" ] && { [ -e "$folder/stop" ] || [ -e "$folder/again" ]; }; then
      kill -TERM "${KEEP_ALIVE_GROUP:+-}$pid" 2>/dev/null
      asked=$(date +%s)
    fi
    [ -z "$asked" ] || [ $(($(date +%s) - asked)) -lt "${KEEP_ALIVE_KILL:-90}" ] || kill -KILL "$pid" 2>/dev/null
    if [ -n "$asked" ] && [ $(($(date +%s) - asked)) -lt 2 ]; then
      sleep 0.05
    elif [ -n "$asked" ]; then
      sleep 0.3
    else
      sleep 1 &
      wait $!
      kill $! 2>/dev/null
    fi
  done
  wait "$pid" 2>/dev/null
  kill -KILL "-$pid" 2>/dev/null
  rm -f "$folder/pid"
  while [ ! -e "$folder/stop" ] && [ ! -e "$folder/again" ] && [ $(($(date +%s) - began)) -lt 1 ]; do sleep 0.05; done
done
# At once: what somebody else puts into it meanwhile would keep a folder that is emptied first, and with it the service.
mv "$folder" "${folder%/*}/.gone-$$" && rm -rf "${folder%/*}/.gone-$$"
