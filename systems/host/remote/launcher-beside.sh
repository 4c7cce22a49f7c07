#!/bin/sh
# shellcheck disable=SC2034,SC2153,SC2154 # variables are shared with the other parts that systems/host/scripts.ts puts together
# The launcher beside a service of somebody else's, such as a quadlet or a compose file, that runs `zot serve` itself: it starts nothing.
# Where zot does not come up and its issuer is away, it has the service read the fallback config; once the issuer is back, the
# full one. What zot reads is a link, which a runtime follows at each start, for a folder that is mounted as for a file.
#
# Each look compares what the link says with what zot serves, so that a restart which failed, or which this launcher did not live to ask
# for, is asked for again, after a pause that grows. $RUN/opened has what zot was last seen to serve: a deploy decides by it.

# at_hand: the fallback lies where the next start may read it. In one step, and long before that start, for a disk that is full by then; with
# its owner, who has to read it.
at_hand() {
  hand_file=$STATE/run/fallback.$EXT
  cmp -s "$STATE/current/fallback.$EXT" "$hand_file" ||
    { cp -p "$STATE/current/fallback.$EXT" "$hand_file.new" && mv -f "$hand_file.new" "$hand_file"; } 2>/dev/null || { rm -f "$hand_file.new"; return 1; }
}

# read_from MODE: what the next start reads.
read_from() {
  if [ "$1" = full ]; then from=current/live.$EXT; else
    from=run/fallback.$EXT
    at_hand || { say "WARNING: $STATE/$from cannot be written (is the disk full?)" && return 1; }
  fi
  rm -f "$RUN/link" && ln -s "zot-access/$from" "$RUN/link" && mv -f "$RUN/link" "$ROOT/$NAME"
}

# came_true MODE
came_true() {
  [ "$OPENED" = "$1" ] || locked note opened "$1
$(opened_file "$1")"
}

# A unit that ended too often is not started again before it is told to be forgotten.
start_anew() {
  [ "$ZA_MANAGER" != systemd ] || bounded 60 systemctl_ reset-failed "$ZA_SERVICE" >/dev/null 2>&1
  anew_log=$RUN/beside.log
  { : >"$anew_log"; } 2>/dev/null || anew_log=/dev/null
  start_again >"$anew_log" 2>&1
}

# locked WORDS…: does it as a deploy would, of which none comes in between, and only while the link still says what it did.
locked() {
  take_lock "$$" 0 || return 0
  [ "$(reads)" != "$READS" ] || "$@"
  free_lock || rm -f "$STATE/locks/$MY_LOCK" # on a full disk; unlike a deploy, this goes on
}

# move_to MODE TEXT
move_to() {
  read_from "$1" || return 1
  say "$2"
  MAY_MOVE=$(($(now) + DELAY))
  if start_anew; then UP_BY=$(($(now) + ZL_START)) OURS=; else
    UP_BY=0 OURS=1
    say "WARNING: the service did not restart, and is restarted again in ${DELAY}s: $(tail -n 1 "$RUN/beside.log" | cut -c 1-200)"
  fi
  DELAY=$((DELAY * 2 > 600 ? 600 : DELAY * 2))
}

due() { [ "$(now)" -ge "$MAY_MOVE" ]; }
# A zot that was restarted, or boots with this launcher, may take as long as a deploy gives it.
overdue() { due && [ "$(now)" -ge "$UP_BY" ]; }

# service_state: sets IS to stopped if somebody ended the service on purpose, to failed if its manager has given it up, and to nothing if
# neither is known; and STARTS to how often its manager has started it again by itself. systemd keeps what ended with an error as failed.
# Docker starts a container with one of these policies again, whatever its end, unless it was told to stop it.
service_state() {
  IS='' STARTS=''
  case $ZA_MANAGER in
  systemd)
    case $(service_show -p ActiveState "$ZA_SERVICE") in ActiveState=inactive) IS=stopped ;; ActiveState=failed) IS=failed ;; esac
    STARTS=$(service_show -p NRestarts "$ZA_SERVICE" | sed -n 's/^NRestarts=//p')
    ;;
  launchd) launchd_target >/dev/null || IS=stopped ;;
  *)
    [ "$ZC_RUNTIME" = docker ] || return 0
    state_says=$(asked 10 docker container inspect --format '{{.State.Status}} {{.HostConfig.RestartPolicy.Name}} {{.RestartCount}}' "$ZC_NAME" 2>/dev/null)
    case $state_says in 'exited always '* | 'exited unless-stopped '*) IS=stopped ;; esac
    STARTS=${state_says##* }
    ;;
  esac
}

# given_up: nothing has served for that long. systemd counts the starts of a unit whose zot ends while its issuer is away, and starts it no
# more, although the issuer may answer before the next look.
given_up() { [ "$IS" = failed ] || { overdue && [ $(($(now) - GONE_SINCE)) -ge "$ZL_START" ]; }; }
# refused: its manager has started zot twice more since the issuer answers.
refused() {
  case $STARTS in '' | *[!0-9]*) return 1 ;; esac
  STARTS_SEEN=${starts_seen:-$STARTS}
  [ "$STARTS" -ge "$STARTS_SEEN" ] || STARTS_SEEN=$STARTS # somebody started it anew
  [ $((STARTS - STARTS_SEEN)) -ge 2 ]
}
start_full() { AGAIN=1 && move_to full "WARNING: zot does not come up: the service is started again"; }
without_logins() { locked move_to fallback "WARNING: $1: zot starts WITHOUT logins; pulls and API keys work"; }
with_logins() { issuer_answers "$ZL_ISSUER" 5 && locked move_to full "$ZL_ISSUER answers again: zot restarts with the full config"; }

# look: once. A deploy that goes on moves the service by itself.
look() {
  down_since=$DOWN_SINCE gone_since=$GONE_SINCE starts_seen=$STARTS_SEEN DOWN_SINCE='' GONE_SINCE='' STARTS_SEEN='' OPENED=''
  ! lock_held || return 0
  [ ! -f "$RUN/opened" ] || read -r OPENED <"$RUN/opened" || :
  READS=$(reads)
  [ -n "$READS" ] || return 0
  look_serves=$(serves)
  IS=
  [ "$look_serves" != none ] || service_state
  if [ "$IS" != stopped ]; then OURS=; elif [ ! "$OURS" ]; then
    # No restart of this launcher has failed. Whoever starts it finds the logins, once they work.
    [ "$READS" = full ] || ! issuer_answers "$ZL_ISSUER" 5 || locked read_from full
    return 0
  fi
  case $READS-$look_serves in
  full-full)
    DELAY=$ZL_POLL MAY_MOVE=0 AGAIN=''
    at_hand
    came_true full
    ;;
  full-fallback) ! overdue || with_logins ;;
  full-none)
    GONE_SINCE=${gone_since:-$(now)}
    if ! issuer_answers "$ZL_ISSUER" 5; then
      DOWN_SINCE=${down_since:-$(now)}
      [ $(($(now) - DOWN_SINCE)) -lt "$ZL_BOOT" ] || without_logins "$ZL_ISSUER does not answer ($ISSUER_PROBLEM)"
    elif [ "$OPENED" != fallback ] && [ ! "$AGAIN" ] && ! refused; then
      ! given_up || locked start_full
    elif { [ "$OPENED" = fallback ] && overdue; } || given_up || refused; then
      # zot judged the issuer otherwise than curl did, for instance its certificate: serve, and ask again ever later.
      without_logins "zot does not come up with the full config, although $ZL_ISSUER answers"
    fi
    ;;
  fallback-full) locked read_from full ;; # it had never ended, and answers again
  fallback-fallback)
    came_true fallback
    ! due || with_logins
    ;;
  fallback-none)
    # A zot that is still starting serves without logins first: a zot that refuses its issuer would otherwise be restarted before it serves.
    if overdue || { due && [ "$IS" = failed ]; }; then with_logins || without_logins "zot does not come up"; fi
    ;;
  esac
}

beside() {
  ROOT=$ZL_STATE && ROOT=${ROOT%/zot-access} STATE=$ZL_STATE CONNECT=$ZA_ADDRESS DOWN_SINCE='' GONE_SINCE='' STARTS_SEEN='' OURS='' AGAIN='' MAY_MOVE=0 SSH_CLIENT=launcher
  alone
  UP_BY=$(($(now) + ZL_START))
  files_of "$(cat "$SET/name")"
  # The next deploy may bring another launcher; a destroy takes this one away.
  while [ ! "$STOPPING" ] && [ "$(cd "$STATE/current" 2>/dev/null && pwd -P)" = "$SET" ]; do
    look
    rest "$ZL_POLL"
  done
  [ "$STOPPING" ] || [ ! -f "$STATE/current/launcher.sh" ] || exec /bin/sh "$STATE/current/launcher.sh" beside
}
