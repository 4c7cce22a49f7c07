#!/bin/sh
# A stand-in of podman, or of docker where it is called by that name, after podman-run(1) and docker's reference. As there: a
# container has a root, mounts and processes of its own; the client is apart from the container, so that `kill -9` of one leaves the
# other, and hands TERM on; a name is given once, and is still taken after a crash of the host; --pull=never pulls nothing; podman
# refuses a mount of what is not there, and docker makes a folder of it; a mounted file stays the one that it was when the
# container started; neither takes the other's options. The folders of $STATE/of-machine are in every image. It needs namespaces of mounts and processes (unshare), which root has. It
# cannot stand in for any network but the host's, registries, SELinux, namespaces of users and cgroups, and knows of compose only
# the restart of a container.
set -u
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# By the shell alone, here and below, what it can do: a deploy calls this some forty times.
SELF=$(CDPATH='' cd "${0%/*}" && pwd -P)/${0##*/}
WHO=${0##*/}
STATE=$SELF.state
[ -d "$STATE/containers" ] || mkdir -p "$STATE/images" "$STATE/names" "$STATE/containers"

die() { # STATUS TEXT
  if [ "$WHO" = docker ]; then echo "docker: $2" >&2; else echo "Error: $2" >&2; fi
  exit "$1"
}
encoded() { printf '%s' "$1" | tr '/:@' '___'; }
image_id() { cat "$STATE/names/$(encoded "$1")" 2>/dev/null; }
alive() { [ -n "$1" ] && kill -0 "$1" 2>/dev/null; }
running() { alive "$(cat "$STATE/containers/$1/pid" 2>/dev/null)"; }
there() { [ -d "$STATE/containers/$1" ] || die 1 "no such container \"$1\""; }
half_id() {
  IFS=- read -r id_1 id_2 id_3 id_4 id_5 </proc/sys/kernel/random/uuid
  printf %s "$id_1$id_2$id_3$id_4$id_5"
}
new_id() { half_id && half_id; }

import() { # -c 'ENTRYPOINT ["…"]' [-m TEXT] TAR NAME
  import_words=
  while :; do
    case $1 in
    -c) import_words=$2 && shift 2 ;;
    -m) shift 2 ;;
    *) break ;;
    esac
  done
  import_id=$(new_id)
  mkdir -p "$STATE/images/$import_id/root"
  tar -C "$STATE/images/$import_id/root" -xf "$1" || die 125 "cannot read $1"
  printf '%s\n' "$import_words" | sed -n 's/^ENTRYPOINT \["\(.*\)"\]$/\1/p' >"$STATE/images/$import_id/entrypoint"
  echo "$import_id" >"$STATE/names/$(encoded "$2")"
  echo "sha256:$import_id"
}

option() { # NAME VALUE
  case $WHO-$1 in
  docker---replace | docker---sdnotify | docker---cgroups | docker---cidfile-replace) die 125 "unknown flag: $1" ;;
  esac
  case $1 in
  --rm) RM=1 ;;
  --replace) REPLACE=1 ;;
  -d | --detach) DETACH=1 ;;
  --name) NAME=$2 ;;
  --network | --net) [ "$2" = host ] || die 125 "this stand-in has no network $2, only the host's" ;;
  -v | --volume) volume "$2" ;;
  --pull) PULL=$2 ;;
  --restart) POLICY=$2 ;;
  --user | -u) USER_ID=$2 ;;
  -e | --env) VARIABLES="$VARIABLES$2
" ;;
  --publish | -p | --ulimit | --memory | --cgroups | --sdnotify | --log-driver) ;;
  -l | --label) LABELS="$LABELS$2
" ;;
  *) die 125 "unknown flag: $1" ;;
  esac
}

volume() {
  volume_options=${1#*:*:}
  [ "$volume_options" != "$1" ] || volume_options=rw
  volume_host=${1%%:*} volume_inside=${1#*:}
  volume_inside=${volume_inside%%:*}
  case $volume_host:$volume_inside in /*:/*) ;; *) die 125 "invalid container path \"$volume_inside\", must be an absolute path" ;; esac
  if [ ! -e "$volume_host" ]; then
    [ "$WHO" = docker ] || die 125 "statfs $volume_host: no such file or directory"
    mkdir -p "$volume_host"
  fi
  MOUNTS="$MOUNTS$volume_host	$volume_inside	$volume_options
"
}

run() {
  RM='' REPLACE='' DETACH='' NAME='' MOUNTS='' PULL=missing POLICY=no USER_ID='' LABELS='' VARIABLES=''
  while [ $# -gt 0 ]; do
    case $1 in
    --rm | --replace | -d | --detach) option "$1" '' && shift ;;
    --*=*) option "${1%%=*}" "${1#*=}" && shift ;;
    -*) option "$1" "${2:-}" && shift 2 ;;
    *) break ;;
    esac
  done
  IMAGE=$1
  shift
  [ -z "$RM" ] || [ "$POLICY" = no ] || [ "$WHO" = podman ] || die 125 "conflicting options: cannot specify both --restart and --rm"
  if ! IMAGE_ID=$(image_id "$IMAGE"); then
    [ "$PULL" = never ] || die 125 "initializing source docker://$IMAGE: this stand-in reaches no registry"
    die 125 "$IMAGE: image not known"
  fi
  ID=$(new_id)
  [ -n "$NAME" ] || NAME=nameless-$(printf %.12s "$ID")
  locked "$NAME"
  [ -z "$REPLACE" ] || [ ! -d "$STATE/containers/$NAME" ] || remove_now "$NAME"
  mkdir "$STATE/containers/$NAME" 2>/dev/null || die 125 "the container name \"$NAME\" is already in use"
  CONTAINER=$STATE/containers/$NAME
  echo "$ID" >"$CONTAINER/id" && echo "$IMAGE_ID" >"$CONTAINER/image" && printf %s "$MOUNTS" >"$CONTAINER/mounts"
  echo "$POLICY" >"$CONTAINER/policy" && echo "$RM" >"$CONTAINER/rm" && echo "$USER_ID" >"$CONTAINER/user"
  printf %s "$LABELS" >"$CONTAINER/labels" && printf %s "$VARIABLES" >"$CONTAINER/env" && echo "$IMAGE" >"$CONTAINER/image-name"
  [ "$WHO" = docker ] || [ -z "${PODMAN_SYSTEMD_UNIT:-}" ] || echo "PODMAN_SYSTEMD_UNIT=$PODMAN_SYSTEMD_UNIT" >>"$CONTAINER/labels"
  for run_word in "$@"; do printf '%s\n' "$run_word"; done >"$CONTAINER/arguments"
  launch
  if [ -n "$DETACH" ]; then echo "$ID"; else attend "$NAME"; fi
}

# launch: what watches the container is apart from whoever asked for it, as conmon and docker's daemon are.
launch() {
  if [ -n "$DETACH" ]; then exec 3>>"$CONTAINER/log" 4>&3; else exec 3>&1 4>&2; fi
  setsid /bin/sh "$SELF" --monitor "$WHO" "$CONTAINER" >&3 2>&4 3>&- 4>&- 9>&- </dev/null &
  MONITOR=$!
  exec 3>&- 4>&-
  until [ -s "$CONTAINER/pid" ] || [ ! -d "$CONTAINER" ] || [ -s "$CONTAINER/exit" ]; do sleep 0.02; done
  exec 9>&-
}

# attend NAME: until the container ends, with its status; a signal goes to what runs in it.
attend() {
  attend_exit=$STATE/exit-$ID
  attend_pid=$(cat "$CONTAINER/pid" 2>/dev/null)
  trap 'kill -TERM "$attend_pid" 2>/dev/null' TERM
  trap 'kill -INT "$attend_pid" 2>/dev/null' INT
  trap 'kill -HUP "$attend_pid" 2>/dev/null' HUP
  while [ ! -s "$attend_exit" ] && alive "$MONITOR"; do wait "$MONITOR"; done # a trapped signal ends `wait` early
  while [ ! -s "$attend_exit" ] && alive "$attend_pid"; do sleep 0.03; done
  attend_status=137
  [ ! -s "$attend_exit" ] || read -r attend_status <"$attend_exit"
  rm -f "$attend_exit"
  exit "$attend_status"
}

monitor() {
  CONTAINER=$1
  echo $$ >"$CONTAINER/monitor"
  ID=$(cat "$CONTAINER/id") POLICY=$(cat "$CONTAINER/policy") monitor_rest=0.1 monitor_restarts=0
  while :; do
    unshare --mount --propagation private --pid --fork /bin/sh "$SELF" --inside "$CONTAINER" "$STATE/images/$(cat "$CONTAINER/image")"
    monitor_status=$?
    rm -f "$CONTAINER/pid"
    [ ! -e "$CONTAINER/again" ] || { rm -f "$CONTAINER/again" && continue; }
    if [ "$POLICY" = no ] || [ -e "$CONTAINER/stopped" ]; then break; fi
    sleep "$monitor_rest"
    [ "$monitor_rest" != 0.1 ] || monitor_rest=0.4
    [ ! -e "$CONTAINER/stopped" ] || break
    monitor_restarts=$((monitor_restarts + 1))
    echo "$monitor_restarts" >"$CONTAINER/restarts"
  done
  if [ -n "$(cat "$CONTAINER/rm")" ]; then rm -rf "$CONTAINER"; else echo "$monitor_status" >"$CONTAINER/exit"; fi
  echo "$monitor_status" >"$STATE/exit-$ID.new" && mv -f "$STATE/exit-$ID.new" "$STATE/exit-$ID"
}

# inside CONTAINER IMAGE: as process 1 of its namespace; the number that others know it by is that of the /proc from outside.
inside() {
  CONTAINER=$1
  ROOT=$CONTAINER/root
  umask 022 # not that of whoever called the client
  [ -d "$ROOT" ] || cp -a "$2/root" "$ROOT"
  mount --bind "$ROOT" "$ROOT"
  inside_state=${CONTAINER%/containers/*}
  while read -r inside_host; do
    [ -d "$ROOT$inside_host" ] || mkdir -p "$ROOT$inside_host"
    mount -o bind,ro "$inside_host" "$ROOT$inside_host" || exit 126
  done <"$inside_state/of-machine"
  read -r PATH <"$inside_state/path"
  while IFS='	' read -r inside_host inside_path inside_options; do
    if [ -d "$inside_host" ]; then [ -d "$ROOT$inside_path" ] || mkdir -p "$ROOT$inside_path"; else
      mkdir -p "$ROOT${inside_path%/*}"
      [ -e "$ROOT$inside_path" ] || : >"$ROOT$inside_path"
    fi
    mount --rbind "$inside_host" "$ROOT$inside_path" || exit 126
    case ,$inside_options, in *,ro,*) mount -o remount,bind,ro "$ROOT$inside_path" || exit 126 ;; esac
  done <"$CONTAINER/mounts"
  mount --rbind /dev "$ROOT/dev"
  user=$(cat "$CONTAINER/user") entrypoint=$(cat "$2/entrypoint")
  set -- "$entrypoint"
  while read -r inside_word; do set -- "$@" "$inside_word"; done <"$CONTAINER/arguments"
  while read -r inside_word; do
    inside_name=${inside_word%%=*}
    export "$inside_name=${inside_word#*=}"
  done <"$CONTAINER/env"
  [ -z "$user" ] || set -- setpriv --reuid "${user%%:*}" --clear-groups "$@"
  read -r inside_pid _ </proc/self/stat
  mount -t proc proc "$ROOT/proc"
  cd / || exit 126
  if [ ! -x "$ROOT$entrypoint" ]; then
    echo "Error: runc: exec: \"$entrypoint\": stat $entrypoint: no such file or directory: OCI runtime attempted to invoke a command that was not found" >&2
    exit 127
  fi
  # zot is written in Go and takes a signal from its first instruction on. Node does not, and process 1 loses what it does not take.
  chroot "$ROOT" "$@" &
  inside_zot=$! inside_status=0
  for inside_signal in TERM INT HUP; do
    # shellcheck disable=SC2064 # now
    trap "kill -$inside_signal $inside_zot" $inside_signal
  done
  echo "$inside_pid" >"$CONTAINER/pid.new" && mv -f "$CONTAINER/pid.new" "$CONTAINER/pid"
  while kill -0 "$inside_zot" 2>/dev/null; do
    wait "$inside_zot"
    inside_status=$?
  done
  exit "$inside_status"
}

# locked NAME: one command at a time moves a container, as both runtimes have it: others wait. What it starts keeps no lock.
locked() {
  mkdir -p "$STATE/locks" && exec 9>>"$STATE/locks/$1" && flock 9
}

# end NAME SECONDS: also of one that its monitor is just starting again.
end() {
  : >"$STATE/containers/$1/stopped"
  end_ticks=$(($2 * 20)) end_told=''
  while alive "$(cat "$STATE/containers/$1/monitor" 2>/dev/null)"; do
    end_pid=$(cat "$STATE/containers/$1/pid" 2>/dev/null)
    if alive "$end_pid"; then
      [ "$2" = 0 ] || [ "$end_told" = "$end_pid" ] || kill -TERM "$end_pid" 2>/dev/null
      end_told=$end_pid
      [ "$end_ticks" -gt 0 ] || kill -KILL "$end_pid" 2>/dev/null
    fi
    end_ticks=$((end_ticks - 1))
    sleep 0.05
  done
}
remove_now() {
  if [ "$WHO" = docker ]; then end "$1" 0; else end "$1" 10; fi
  rm -rf "$STATE/containers/$1"
}
remove() {
  force='' all='' seconds=''
  while :; do
    case ${1:-} in
    -fa | -af) force=1 all=1 && shift ;;
    -f | --force) force=1 && shift ;;
    -a) all=1 && shift ;;
    -t) seconds=$2 && shift 2 ;;
    *) break ;;
    esac
  done
  # shellcheck disable=SC2046 # names have no blanks
  [ -z "$all" ] || set -- $(ls "$STATE/containers")
  for remove_name in "$@"; do
    locked "$remove_name"
    [ -d "$STATE/containers/$remove_name" ] || { [ -n "$force" ] && [ "$WHO" = podman ] && continue; die 1 "No such container: $remove_name"; }
    [ -n "$force" ] || ! running "$remove_name" || die 2 "cannot remove container $remove_name as it is running"
    if [ -n "$seconds" ]; then end "$remove_name" "$seconds"; fi
    remove_now "$remove_name"
    echo "$remove_name"
  done
}

start_it() {
  CONTAINER=$STATE/containers/$1 DETACH=1
  rm -f "$CONTAINER/stopped" "$CONTAINER/exit" "$CONTAINER/restarts"
  launch
}
restart() {
  there "$1"
  locked "$1"
  end "$1" 10
  start_it "$1"
  echo "$1"
}

quoted() { printf '"%s"' "$(printf %s "$1" | sed 's/\\/\\\\/g;s/"/\\"/g')"; }
# listed: a list of the lines on stdin.
listed() {
  listed_by='['
  while IFS= read -r listed_line; do printf '%s' "$listed_by" && quoted "$listed_line" && listed_by=,; done
  if [ "$listed_by" = , ]; then printf ']'; elif [ "$WHO" = docker ]; then printf '[]'; else printf 'null'; fi
}
# mapped: a map of the lines NAME=VALUE on stdin.
mapped() {
  printf '{' && mapped_by=
  while IFS= read -r mapped_line; do
    printf '%s' "$mapped_by" && quoted "${mapped_line%%=*}" && printf : && quoted "${mapped_line#*=}" && mapped_by=,
  done
  printf '}'
}
mounted() {
  printf '[' && mounted_by=
  while IFS='	' read -r mounted_host mounted_inside mounted_options; do
    case ,$mounted_options, in *,ro,*) mounted_rw=false ;; *) mounted_rw=true ;; esac
    # Podman tells a label of SELinux's nowhere, docker as it was written.
    if [ "$WHO" = podman ]; then mounted_mode='"","Options":["rbind"]'; else mounted_mode=$(quoted "${mounted_options#rw}"); fi
    printf '%s{"Type":"bind","Source":%s,"Destination":%s,"Mode":%s,"RW":%s,"Propagation":"rprivate"}' "$mounted_by" \
      "$(quoted "$mounted_host")" "$(quoted "$mounted_inside")" "$mounted_mode" "$mounted_rw"
    mounted_by=,
  done <"$CONTAINER/mounts"
  printf ']'
}
# digest ID: docker names an image by its algorithm as well.
digest() { if [ "$WHO" = docker ]; then echo "sha256:$1"; else echo "$1"; fi; }
plain_pid() { if alive "$(cat "$CONTAINER/pid" 2>/dev/null)"; then cat "$CONTAINER/pid"; else echo 0; fi; }
environment() {
  echo PATH=/usr/bin
  [ "$WHO" = docker ] || echo container=podman
  cat "$CONTAINER/env"
}

# field WORDS: what stands between the braces of a format. Podman's names of fields are those of Go, where docker takes JSON's as well.
field() {
  case $WHO-$1 in
  docker-*.ImageName) die 1 "template parsing error: map has no entry for key \"ImageName\"" ;;
  podman-'json .Id') die 125 "inspecting object: template: inspect: can't evaluate field Id in type interface {}" ;;
  esac
  case $1 in
  .Id | .ID) cat "$CONTAINER/id" ;;
  'json .Id' | 'json .ID') quoted "$(cat "$CONTAINER/id")" ;;
  .Image) digest "$(cat "$CONTAINER/image")" ;;
  'json .Image') quoted "$(digest "$(cat "$CONTAINER/image")")" ;;
  'json .Name') if [ "$WHO" = docker ]; then quoted "/${CONTAINER##*/}"; else quoted "${CONTAINER##*/}"; fi ;;
  'json .Config.Image') quoted "$(cat "$CONTAINER/image-name")" ;;
  'json .Path') quoted "$(cat "$STATE/images/$(cat "$CONTAINER/image")/entrypoint")" ;;
  'json .Args') listed <"$CONTAINER/arguments" ;;
  'json .Mounts') mounted ;;
  'json .Config.User') quoted "$(cat "$CONTAINER/user")" ;;
  'json .Config.Labels') mapped <"$CONTAINER/labels" ;;
  .State.Status)
    if running "${CONTAINER##*/}"; then echo running; elif alive "$(cat "$CONTAINER/monitor" 2>/dev/null)"; then echo restarting; else echo exited; fi
    ;;
  .HostConfig.RestartPolicy.Name) cat "$CONTAINER/policy" ;;
  .RestartCount) cat "$CONTAINER/restarts" 2>/dev/null || echo 0 ;;
  '.State.Running' | 'json .State.Running') if running "${CONTAINER##*/}"; then echo true; else echo false; fi ;;
  '.State.Pid' | 'json .State.Pid') plain_pid ;;
  'json .HostConfig.NetworkMode') echo '"host"' ;;
  'json .HostConfig.UsernsMode') echo '""' ;;
  'json .HostConfig.ReadonlyRootfs') echo false ;;
  'json .HostConfig.PortBindings') echo '{}' ;;
  'json .NetworkSettings.Networks') if [ "$WHO" = docker ]; then echo '{"host":{}}'; else echo null; fi ;;
  *) die 125 "this stand-in knows no field {{$1}}" ;;
  esac
}

# rendered FORMAT: with every pair of braces filled in.
rendered() {
  rendered_rest=$1 rendered_text=
  while :; do
    case $rendered_rest in *'{{'*'}}'*) ;; *) break ;; esac
    rendered_word=${rendered_rest#*'{{'}
    rendered_value=$(field "${rendered_word%%'}}'*}") || exit $?
    rendered_text=$rendered_text${rendered_rest%%'{{'*}$rendered_value
    rendered_rest=${rendered_word#*'}}'}
  done
  printf '%s\n' "$rendered_text$rendered_rest"
}

# ENVIRONMENT: names of variables, which no field but a loop over them tells without their values.
ENVIRONMENT='{{range .Config.Env}}{{index (split . "=") 0}} {{end}}'
# inspect FORMAT NAME…: a container's name, or all of its id. What is there is told also where another one is not.
inspect() {
  inspect_format=$1 inspect_status=0
  shift
  for inspect_name in "$@"; do
    CONTAINER=$STATE/containers/$inspect_name
    if [ ! -d "$CONTAINER" ]; then
      CONTAINER=$(grep -lsx "$inspect_name" "$STATE"/containers/*/id)
      CONTAINER=${CONTAINER%/id}
    fi
    if [ -z "$CONTAINER" ]; then
      echo "Error: no such object: \"$inspect_name\"" >&2
      if [ "$WHO" = docker ]; then inspect_status=1; else inspect_status=125; fi
      continue
    fi
    inspect_each=$inspect_format
    case $inspect_each in *"$ENVIRONMENT"*)
      inspect_names=$(environment | sed 's/=.*//' | tr '\n' ' ')
      inspect_each=${inspect_each%%"$ENVIRONMENT"*}$inspect_names${inspect_each#*"$ENVIRONMENT"}
      ;;
    esac
    case $inspect_each in
    '{{range .Args}}{{println .}}{{end}}') cat "$CONTAINER/arguments" && echo ;;
    '{{range .Mounts}}{{println .Source .Destination}}{{end}}') cut -f 1,2 "$CONTAINER/mounts" | tr '\t' ' ' && echo ;;
    '{{index .Config.Labels "PODMAN_SYSTEMD_UNIT"}}') sed -n 's/^PODMAN_SYSTEMD_UNIT=//p' "$CONTAINER/labels" ;;
    *) rendered "$inspect_each" || exit $? ;;
    esac
  done
  exit "$inspect_status"
}

# image_inspect [--format FORMAT] NAME
image_inspect() {
  image_format='{{.Id}}'
  if [ "$1" = --format ]; then image_format=$2 && shift 2; fi
  if ! image_found=$(image_id "$1"); then
    [ "$WHO" = podman ] || die 1 "No such image: $1"
    die 125 "inspecting object: $1: image not known"
  fi
  case $image_format in
  '{{.Id}}') digest "$image_found" ;;
  '{"id":"{{.Id}}","user":{{json .Config.User}}}') echo "{\"id\":\"$(digest "$image_found")\",\"user\":\"\"}" ;;
  *) die 125 "this stand-in knows no format $image_format of an image" ;;
  esac
}

# ps [-a] [-q] [--no-trunc] [--format '{{.Names}}']
ps_() {
  ps_all='' ps_ids=''
  while [ $# -gt 0 ]; do
    case $1 in
    -a) ps_all=1 && shift ;;
    -q) ps_ids=1 && shift ;;
    -aq) ps_all=1 ps_ids=1 && shift ;;
    --no-trunc) shift ;;
    --format) [ "$2" = '{{.Names}}' ] || die 125 "this stand-in knows no format $2 of ps" && shift 2 ;;
    *) die 125 "unknown flag: $1" ;;
    esac
  done
  for ps_container in "$STATE"/containers/*; do
    [ -d "$ps_container" ] || continue
    [ -n "$ps_all" ] || running "${ps_container##*/}" || continue
    if [ -n "$ps_ids" ]; then cat "$ps_container/id"; else echo "${ps_container##*/}"; fi
  done
}

command=$1
shift
case $command in
--monitor) WHO=$1 STATE=${2%/containers/*} && monitor "$2" ;;
--inside) inside "$@" ;;
--boot) # what docker's daemon does when the host boots
  for boot_container in "$STATE"/containers/*; do
    [ ! -f "$boot_container/policy" ] || [ "$(cat "$boot_container/policy")" = no ] || [ -e "$boot_container/stopped" ] || {
      rm -f "$boot_container/pid"
      start_it "${boot_container##*/}"
    }
  done
  ;;
import) import "$@" ;;
run) run "$@" ;;
rm) remove "$@" ;;
stop)
  stop_seconds=10
  if [ "$1" = -t ]; then stop_seconds=$2 && shift 2; fi
  there "$1" && locked "$1" && end "$1" "$stop_seconds"
  ;;
kill) there "$1" && kill -KILL "$(cat "$STATE/containers/$1/pid")" ;;
start) there "$1" && locked "$1" && { running "$1" || start_it "$1"; } ;;
restart) restart "$1" ;;
compose)
  [ "$1-$3" = -f-restart ] || die 125 "this stand-in knows nothing of compose but -f FILE restart NAME"
  restart "$4"
  ;;
ps) ps_ "$@" ;;
container | inspect)
  [ "$command" = inspect ] || { [ "$1" = inspect ] && shift; } || die 125 "this stand-in knows nothing of container but inspect"
  [ "$1" = --format ] || die 125 "this stand-in inspects by a format alone"
  shift
  inspect "$@"
  ;;
image)
  [ "$1" = inspect ] || die 125 "this stand-in knows nothing of image but inspect"
  shift
  image_inspect "$@"
  ;;
--version | version) echo "$WHO version 0 (stand-in)" ;;
*) die 125 "unrecognized command \`$WHO $command\`" ;;
esac
