#!/bin/sh
# shellcheck disable=SC2034 # variables are shared with the other parts that systems/host/scripts.ts puts together
# A trial of the staged set beside the running zot: on another port of the loopback address, with an empty storage. It
# finds problems that would keep zot from starting (its binary, its config, the issuer as zot itself sees it) before
# anything is stopped.

# Runs zot until the trial is over or its run has ended, whichever comes first.
trial_zot() {
  ZC_ARGS="$ZC_ARGS${ZC_IMAGE:+
--name=$ZC_NAME-trial}"
  zot_exec serve "$STAGE/trial.$EXT" >"$WORK/trial.log" 2>&1 </dev/null &
  trial_pid=$!
  while [ -e "$WORK/trial" ] && kill -0 "$SELF" 2>/dev/null && kill -0 "$trial_pid" 2>/dev/null; do pause; done
  # A killed client leaves its container, which has nothing to shut down properly.
  if [ -n "$ZC_IMAGE" ]; then bounded 30 "$ZC_RUNTIME" kill "$ZC_NAME-trial" >/dev/null 2>&1
  elif [ ! -e "$WORK/trial" ]; then kill -TERM "$trial_pid" 2>/dev/null; fi
  trial_by=$(($(now) + 5))
  while kill -0 "$trial_pid" 2>/dev/null; do
    clock
    if [ "$NOW" -ge "$trial_by" ] || ! kill -0 "$SELF" 2>/dev/null; then kill -KILL "$trial_pid" 2>/dev/null; fi
    pause
  done
  [ -z "$ZC_IMAGE" ] || bounded 30 "$ZC_RUNTIME" rm -f "$ZC_NAME-trial" >/dev/null 2>&1
  rm -f "$WORK/trial"
}

# Over: it is proven, or zot has ended.
trial_over() { [ ! -e "$WORK/trial" ] || proven "$trial_url" trial; }

# try_on PORT
try_on() {
  trial_url=${ZA_URL%%://*}://127.0.0.1:$1
  if [ -n "$ZA_ADDRESS" ]; then trial_url=${ZA_URL%:*}:$1 CONNECT=127.0.0.1; fi
  WHY="$STAGE cannot be written"
  fill "$(fill "$ZA_TRIAL" @SET@ "$STAGE")" @PORT@ "$1" >"$STAGE/trial.$EXT" && mkdir -p "$STAGE/trial" && own "$STAGE/trial.$EXT" "$STAGE/trial" || return 1
  put "$WORK/trial" yes || return 1
  trial_zot &
  trial_job=$!
  within "$ZA_START_SECONDS" trial_over
  trial_status=$?
  CONNECT=$ZA_ADDRESS
  if [ ! -e "$WORK/trial" ]; then
    trial_status=1
    WHY="it ended at its start: $(zot_error <"$WORK/trial.log")"
  fi
  rm -f "$WORK/trial"
  wait "$trial_job"
  rm -rf "$STAGE/trial.$EXT" "$STAGE/trial"
  return "$trial_status"
}

trial() {
  log "trying the staged set beside the running zot"
  trial_port=$((20000 + SELF % 10000)) trial_left=5
  until try_on "$trial_port"; do
    trial_port=$((trial_port + 1)) trial_left=$((trial_left - 1))
    if [ "$trial_left" = 0 ] || ! grep -q 'address already in use' "$WORK/trial.log"; then
      because "zot was tried with the new config beside the running one: $WHY"
      return
    fi
  done
}
