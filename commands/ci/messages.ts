import type { Change } from "./plan";

/** Below the maximum text size of every forge's database (65,535 bytes in the smallest). */
const LIMIT_BYTES = 60_000;

export interface Run {
  readonly stack: string;
  /** The job's page. */
  readonly url: string;
}

/** The hidden first line by which the next run finds this text. */
export function marker(kind: "preview" | "nightly", stack: string): string {
  return `<!-- zot-access ${kind} ${stack} -->`;
}

/** The one comment of a pull request: the summary first, everything else folded. */
export function previewComment(
  { stack, url }: Run,
  {
    summary,
    name,
    changes,
    output,
  }: { summary: string; name: "diff" | "output"; changes: readonly Change[]; output: string },
): string {
  const head = [
    marker("preview", stack),
    `**\`pulumi preview\` of ${stack}: ${summary}** ([job](${url}))`,
    "",
    ...changes.map(({ operation, type, name }) => `- ${operation} \`${name}\` (${type})`),
    "",
  ].join("\n");
  return withFolded(head, name, output);
}

const MOST_NAMES = 20;

/** The comment for a pull request that cannot be merged, so nothing can be previewed. */
export function conflictComment({ stack, url }: Run, files: readonly string[]): string {
  const names = files.slice(0, MOST_NAMES).map((file) => `- \`${file.replaceAll("`", "'")}\``);
  const more = files.length > MOST_NAMES ? [`- and ${files.length - MOST_NAMES} more`] : [];
  return [
    marker("preview", stack),
    `**\`pulumi preview\` of ${stack}: conflicts with the base** ([job](${url}))`,
    "",
    "The merge result cannot be previewed. Merge the base into this branch, resolve the conflicts, and push:",
    "",
    ...names,
    ...more,
    "",
  ].join("\n");
}

/** The one issue of the nightly run, while there are problems. */
export function nightlyIssue(
  { stack, url }: Run,
  problems: readonly { title: string; advice: string; output: string }[],
): { title: string; body: string } {
  const head = [
    marker("nightly", stack),
    `The nightly run of ${stack} found problems ([job](${url})). A run without problems closes this issue.`,
    "",
    ...problems.map(({ title, advice }) => `- **${title}.** ${advice}`),
    "",
  ].join("\n");
  const title = `${stack}: ${problems.map((problem) => problem.title).join("; ")}`;
  return { title, body: withFolded(head, "output", problems.map(({ output }) => output).join("\n\n")) };
}

function withFolded(head: string, name: string, output: string): string {
  const fence = longestFence(output);
  const [open, close] = [
    `\n<details><summary>${name}</summary>\n\n${fence}diff\n`,
    `\n${fence}\n\n</details>\n`,
  ];
  const room = LIMIT_BYTES - Buffer.byteLength(head + open + close);
  return head + open + cut(output.trim(), room) + close;
}

/** A fence that nothing in the text can close. */
function longestFence(text: string): string {
  const runs = [...text.matchAll(/`{3,}/g)].map(([run]) => run.length);
  return "`".repeat(Math.max(3, ...runs.map((length) => length + 1)));
}

/** The beginning of a text, in whole lines. */
function cut(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  const note = "\n… truncated: the job's log has the whole output";
  const kept = Buffer.from(text)
    .subarray(0, Math.max(0, bytes - Buffer.byteLength(note)))
    .toString();
  return kept.slice(0, Math.max(0, kept.lastIndexOf("\n"))) + note;
}
