import { KeyHistoryHandler } from "../../../provider/key-history";
import { KeySuccession } from "../../../keys/key-succession";
import { RetiredKeysHandler } from "../../../provider/retired-keys";
import { ZotApiKeyHandler, type ZotApiKeyState } from "../../../provider/zot-api-key";
import { limits, type Stack } from "./stack";

/** One `pulumi destroy --refresh`, as far as keys go: no program runs, and whoever depends on another goes first. */
export async function destroy({ state, told }: Stack, now: () => Date): Promise<void> {
  const succession = new KeySuccession();
  const keys = new ZotApiKeyHandler({ ...limits, now }, succession);
  const inUse = new KeyHistoryHandler(succession, limits);
  const { key, pending, history, retired } = state;
  const there: typeof pending = [];
  for (const { id, outputs } of [...pending, ...(key ? [key] : [])]) {
    const found = await keys.read(id, outputs);
    if (!found) continue;
    // The engine asks for a diff after each read, with the inputs of the state.
    await keys.diff(id, found, withoutOutputs(found), told.say);
    there.push({ id, outputs: found });
  }
  if (history) await inUse.diff("keys", history, history);
  if (retired) await new RetiredKeysHandler(limits).delete("label", retired, told.say);
  if (history) await inUse.delete("keys", history);
  for (const { id, outputs } of there) await keys.delete(id, outputs, told.say);
}

function withoutOutputs({ key: _, createdAt: _c, expiresAt: _e, adopted: _a, ...inputs }: ZotApiKeyState) {
  return inputs;
}
