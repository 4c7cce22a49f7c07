/** What the tests need to know of a page; not a parser of all of Markdown. */
export interface Page {
  /** Targets of its links and images. */
  readonly links: readonly string[];
  /** Anchors of its headings, as Forgejo and GitHub make them. */
  readonly anchors: ReadonlySet<string>;
  /** Texts in single backticks. */
  readonly code: readonly string[];
  /** Lines of its fenced blocks. */
  readonly blocks: readonly string[];
}

/** A longer fence may hold shorter ones. */
const FENCED = /^ *(`{3,})\w*\n([^]*?)^ *\1$/gm;

export function read(text: string): Page {
  const blocks = [...text.matchAll(FENCED)].flatMap(([, , block = ""]) => block.split("\n"));
  const prose = text.replace(FENCED, "");
  const code = [...prose.matchAll(/`([^`\n]+)`/g)].map(([, inner = ""]) => inner);
  const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
  const headings = [...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => anchorOf(heading));
  return { links, anchors: new Set(headings), code, blocks };
}

/** Letters, digits, hyphens and underscores in small letters; blanks become hyphens, and all else goes. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .trim()
    .replaceAll(" ", "-");
}
