import * as proto from "@pulumi/pulumi/proto/provider_pb";
import type { Change, Difference } from "../plugin";

const { Kind } = proto.PropertyDiff;
const KINDS = {
  add: [Kind.ADD, Kind.ADD_REPLACE],
  delete: [Kind.DELETE, Kind.DELETE_REPLACE],
  update: [Kind.UPDATE, Kind.UPDATE_REPLACE],
} as const satisfies Record<Change, readonly [number, number]>;

/** The engine shows a detailed difference as it is, drift in the state included. */
export function detailOf({ changes, replaces }: Difference): proto.DiffResponse {
  const names = Object.keys(changes);
  const { DIFF_NONE, DIFF_SOME } = proto.DiffResponse.DiffChanges;
  const response = new proto.DiffResponse()
    .setChanges(names.length === 0 ? DIFF_NONE : DIFF_SOME)
    .setDiffsList(names)
    .setReplacesList([...replaces])
    .setHasdetaileddiff(true);
  for (const [name, change] of Object.entries(changes)) {
    const [updates, replacesIt] = KINDS[change];
    const diff = new proto.PropertyDiff().setKind(replaces.includes(name) ? replacesIt : updates);
    response.getDetaileddiffMap().set(name, diff);
  }
  return response;
}
