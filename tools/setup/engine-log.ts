/**
 * Where the first value of a message begins: `key={value}`, `inputs=map[…]`, `resp: …`, quoted text, a further line. What
 * stands behind `urn=`, `tok=` and `t=` names a resource or a type.
 */
const VALUE = /[{"\n]|(?<!\b(?:urn|tok|t))=|\bresp:/;

/**
 * A line that `--logtostderr` prints, a JSON object, with its message cut where the first value begins, and with nothing beside
 * its message but time and level. Held to what 3.250.0 writes at `-v=9` over a refresh and a renewal by tests/engine. Other
 * lines are what the CLI also says without a log, and stay as they are.
 */
export function withoutValues(line: string): string {
  const record = parsed(line);
  if (record === undefined) return line;
  const { time, level, msg, v } = record;
  const text = String(msg);
  const at = text.search(VALUE);
  return JSON.stringify({ time, level, msg: at === -1 ? text : `${text.slice(0, at)}…`, v });
}

function parsed(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    // The last line of a CLI that was killed.
    return { msg: "" };
  }
}
