/** Types of changes for users; the sections of https://keepachangelog.com/en/1.1.0/, in its order. */
export const TYPES = ["added", "changed", "removed", "fixed", "security"] as const;
type Type = (typeof TYPES)[number];

/** A file of `changelog.d/`. */
export interface Fragment {
  /** `NAME.TYPE.md` */
  readonly file: string;
  readonly text: string;
}

export interface Release {
  /** e.g. `1.2.0`; see https://semver.org. */
  readonly version: string;
  /** `YYYY-MM-DD` */
  readonly date: string;
  /** The version in `package.json`. */
  readonly packaged: string;
}

/** Every reason why nothing can be released. */
export class ChangelogError extends Error {
  override readonly name = "ChangelogError";
  constructor(readonly problems: readonly string[]) {
    super(`nothing was changed\n${problems.map((problem) => `- ${problem}`).join("\n")}`);
  }
}

// The expression from semver.org, without the groups.
const VERSION =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-(0|[1-9]\d*|\d*[a-zA-Z-][\da-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][\da-zA-Z-]*))*)?$/;
const FILE = /^[a-z0-9][a-z0-9-]*\.([a-z]+)\.md$/;
const SECTION = /^## \[([^\]]+)\]/gm;

/**
 * The changelog with a section for the release above the earlier ones.
 *
 * @param changelog the content of `CHANGELOG.md`
 * @throws ChangelogError with every problem of version, date and fragments
 */
export function collect(
  changelog: string,
  { version, date, packaged }: Release,
  fragments: readonly Fragment[],
): string {
  const released = [...changelog.matchAll(SECTION)].map(([, name]) => name);
  const problems = [
    ...(VERSION.test(version)
      ? []
      : [`"${version}" is no version: give one like 1.2.0 (semver.org), without a v`]),
    ...(isDay(date) ? [] : [`"${date}" is no day: give one like 2026-11-25`]),
    ...(released.includes(version) ? [`${version} is in CHANGELOG.md already: take the next version`] : []),
    ...(packaged === version
      ? []
      : [`package.json says ${packaged}: run \`npm version --no-git-tag-version ${version}\` first`]),
    ...(fragments.length === 0 ? ["changelog.d/ holds no fragment: there is nothing to release"] : []),
    ...fragments.flatMap(problemsOf),
  ];
  if (problems.length > 0) throw new ChangelogError(problems);
  const [before, after] = aroundFirstSection(changelog);
  return `${before.trimEnd()}\n\n${section({ version, date }, fragments)}${after === "" ? "" : `\n${after}`}`;
}

function problemsOf({ file, text }: Fragment): string[] {
  const type = typeOf(file);
  return [
    ...(type === undefined
      ? [`changelog.d/${file}: call it NAME.TYPE.md, TYPE one of ${TYPES.join(", ")}`]
      : []),
    ...(text.trim() === ""
      ? [`changelog.d/${file} is empty: say in a line what changes for those who use it`]
      : []),
  ];
}

function typeOf(file: string): Type | undefined {
  const named = FILE.exec(file)?.[1];
  return TYPES.find((type) => type === named);
}

/** `Date` alone would parse 30 February as 2 March. */
function isDay(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 10) === text;
}

function aroundFirstSection(changelog: string): [before: string, after: string] {
  const at = changelog.search(SECTION);
  return at === -1 ? [changelog, ""] : [changelog.slice(0, at), changelog.slice(at)];
}

function section(
  { version, date }: Pick<Release, "version" | "date">,
  fragments: readonly Fragment[],
): string {
  const parts = TYPES.flatMap((type) => {
    const own = fragments.filter(({ file }) => typeOf(file) === type);
    if (own.length === 0) return [];
    const sorted = [...own].sort((a, b) => (a.file < b.file ? -1 : 1));
    return [
      `### ${type[0]?.toUpperCase()}${type.slice(1)}\n\n${sorted.map(({ text }) => entry(text)).join("\n")}\n`,
    ];
  });
  return `## [${version}] - ${date}\n\n${parts.join("\n")}`;
}

/** A list entry; further lines are indented, so that they stay in it. */
function entry(text: string): string {
  return `- ${text.trim().replace(/\n(?=.)/g, "\n  ")}`;
}
