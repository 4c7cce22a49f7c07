#!/bin/sh
# shellcheck disable=SC2034,SC2153 # variables are shared with the other parts that systems/host/scripts.ts puts together
# The lock of apply.sh: numbered symlinks in $STATE/locks whose targets name the holder; the highest number counts.
# `ln -s` creates and fills it in one step, and fails if the number is taken. The highest entry is never removed, so
# of many runs that find a dead holder exactly one gets the next number. (flock is not on macOS, shlock not on Linux.)

# lock_held: a running process holds it. Sets LOCK_TOP and HOLDER.
lock_held() {
  lock_top
  HOLDER=
  lock_entry=$(readlink "$STATE/locks/$LOCK_TOP" 2>/dev/null) || return 1
  [ "$lock_entry" != free ] || return 1
  lock_pid=${lock_entry%%,*} lock_rest=${lock_entry#*,}
  alive "$lock_pid" "${lock_rest%%,*}" || return 1
  HOLDER="process $lock_pid ${lock_rest#*,}"
}

lock_tidy() {
  for lock_entry in "$STATE"/locks/*; do
    [ "${lock_entry##*/}" -ge "$1" ] || rm -f "$lock_entry"
  done
}

# take_lock PID SECONDS: for the process PID. Fails at the time limit; HOLDER then names the holder.
take_lock() {
  mkdir -p "$STATE/locks" || return 1
  lock_by=$(($(now) + $2))
  lock_from=${SSH_CLIENT:-unknown}
  lock_text="$1,$(started "$1"),since $(date -u +%Y-%m-%dT%H:%M:%SZ) from ${lock_from%% *}"
  while :; do
    if ! lock_held; then
      MY_LOCK=$((LOCK_TOP + 1))
      if ln -s "$lock_text" "$STATE/locks/$MY_LOCK" 2>/dev/null; then
        lock_top
        if [ "$LOCK_TOP" = "$MY_LOCK" ]; then
          lock_tidy "$MY_LOCK"
          return 0
        fi
        rm -f "$STATE/locks/$MY_LOCK" # another run came and went after the look
      elif [ ! -w "$STATE/locks" ]; then
        # shellcheck disable=SC2034 # for whoever asked
        HOLDER="nobody, but $STATE/locks cannot be written"
        return 1
      fi
    fi
    clock
    [ "$NOW" -lt "$lock_by" ] || return 1
    pause
  done
}

free_lock() {
  ln -s free "$STATE/locks/$((MY_LOCK + 1))" && lock_tidy $((MY_LOCK + 1))
}
