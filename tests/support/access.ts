import { type Access, type Grant, VERBS } from "../../systems/zot/grants";

/** Grants as a homelab's settings make them: everything may be pulled, admins do all, and one pusher pushes. */
export function homelabAccess({
  admins = ["admins"],
  pusher = "zot-ci",
  group = "artifact-workloads",
  pushTo = ["blumeops/**"],
  caches = [],
  open = ["**"],
}: {
  readonly admins?: readonly string[];
  readonly pusher?: string;
  readonly group?: string;
  readonly pushTo?: readonly string[];
  readonly caches?: readonly string[];
  /** What needs no login. */
  readonly open?: readonly string[];
} = {}): Access {
  return {
    caches,
    grants: [
      ...(open.length > 0 ? [grant("anonymous", ["pull"], open, "access.anonymous.pull")] : []),
      grant({ groups: admins }, VERBS, ["**"], "access.roles[0].in"),
      { ...grant({ groups: [group] }, ["pull", "push"], pushTo, `pushers.${pusher}.in`), pusher },
    ],
  };
}

export function grant(to: Grant["to"], may: Grant["may"], globs: readonly string[], from = "test"): Grant {
  return { to, may, in: globs, from };
}
