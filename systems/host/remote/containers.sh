#!/bin/sh
# For whoever reads a host: what its runtimes tell of containers, in less time than a reader gives to all of the host. Of their
# environment the names alone are asked;
# systems/host/found-container.ts reads what is printed.

# containers_told RUNTIME CONTAINER…: each as JSON on one line, in words that Podman and Docker both know.
containers_told() {
  told_by=$1
  shift
  asked 10 "$told_by" container inspect --format '{"runtime":"'"$told_by"'","id":"{{.Id}}","name":{{json .Name}},"image":{{json .Config.Image}},"imageId":{{json .Image}},"args":{{json .Args}},"mounts":{{json .Mounts}},"user":{{json .Config.User}},"userns":{{json .HostConfig.UsernsMode}},"readOnly":{{json .HostConfig.ReadonlyRootfs}},"running":{{json .State.Running}},"network":{{json .HostConfig.NetworkMode}},"networks":{{json .NetworkSettings.Networks}},"ports":{{json .HostConfig.PortBindings}},"labels":{{json .Config.Labels}},"variables":"{{range .Config.Env}}{{index (split . "=") 0}} {{end}}"}' "$@" 2>/dev/null
}

# image_told RUNTIME IMAGE: the same of an image.
image_told() { asked 10 "$1" image inspect --format '{"id":"{{.Id}}","user":{{json .Config.User}}}' "$2" 2>/dev/null; }
