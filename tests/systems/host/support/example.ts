import type { DesiredHost } from "../../../../systems/host/types";
import type { RehearsalHost } from "../../../../rehearsal/host";
import { desiredFor, type Wanted } from "./world";

/** A host that nobody connects to. */
export function layout(): RehearsalHost["layout"] {
  return {
    configFolder: "/home/zot/.config/zot",
    dataFolder: "/home/zot/data",
    zotBinary: "/usr/local/bin/zot",
    loopbackUrl: "http://127.0.0.1:5050",
    service: { manager: "launchd", label: "org.example.zot", manage: true },
  };
}

export function desired(wanted?: Wanted): DesiredHost {
  const host: Pick<RehearsalHost, "layout" | "registryUrl"> = {
    layout: layout(),
    registryUrl: layout().loopbackUrl,
  };
  return desiredFor(host, "https://login.example.org/application/o/zot/", wanted);
}
