/** A text with its escapes decoded, and the position of each character in the source. */
export interface View {
  readonly text: string;
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

interface Piece {
  /** One character, or its two surrogates. */
  readonly text: string;
  /** The length of the escape. */
  readonly length: number;
}

interface Encoding {
  readonly escapes: RegExp;
  readonly decode: (escape: string) => Piece[];
}

/** RFC 3986, with digits in either case, whether or not the character had to be escaped. */
const PERCENT: Encoding = { escapes: /(?:%[0-9a-f]{2})+/gi, decode: percentDecoded };
/** In forms and queries a space is a plus sign. */
const QUERY: Encoding = {
  escapes: /\+|(?:%[0-9a-f]{2})+/gi,
  decode: (escape) => (escape === "+" ? [{ text: " ", length: 1 }] : percentDecoded(escape)),
};
/** JSON, and Go's %q, which has more letters and hexadecimal bytes. */
const BACKSLASH: Encoding = {
  escapes: /\\(?:u[0-9a-f]{4}|x[0-9a-f]{2}|[^])/gi,
  decode: (escape) => [{ text: backslashDecoded(escape.slice(1)), length: escape.length }],
};

/** HTML and XML, as error pages quote values. */
const HTML: Encoding = {
  escapes: /&(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-f]{1,6});/gi,
  decode: (escape) => [{ text: htmlDecoded(escape.slice(1, -1)), length: escape.length }],
};
/** A quote inside a quoted text. Each style separately: a secret may contain what another style takes for an escape. */
const quotedBy = (escapes: RegExp): Encoding => ({
  escapes,
  decode: (escape) => [{ text: escape.charAt(0), length: escape.length }],
});
/** In a shell, by hand and as Python's shlex writes it; in YAML or SQL; in CSV. */
const QUOTES = [/'\\''/g, /'"'"'/g, /''/g, /""/g].map(quotedBy);
/**
 * Characters that reveal nothing about a secret, and may be where a line was broken: spaces, diff marks, table lines,
 * colours.
 */
const FILLERS: Encoding = {
  // eslint-disable-next-line no-control-regex -- ESC, by which a colour begins
  escapes: /(?:[\s+~|>-]|\u001b\[[0-9;]*m)+/g,
  decode: (escape) => [{ text: "", length: escape.length }],
};

/**
 * The escapes that programs apply to a value before they print it: an address in JSON, an error that quotes an
 * address, …
 */
const LAYERS: readonly (readonly Encoding[])[] = [
  [PERCENT],
  [QUERY],
  [BACKSLASH],
  [BACKSLASH, PERCENT],
  [BACKSLASH, QUERY],
  [PERCENT, BACKSLASH],
  [PERCENT, PERCENT],
  [BACKSLASH, BACKSLASH],
  [HTML],
  ...QUOTES.map((quotes) => [quotes]),
];
/** All of them, until nothing is left to decode: deeper escapes than the layers above, or broken lines. */
const ALL = [PERCENT, BACKSLASH, HTML, ...QUOTES, FILLERS];
const MOST_ROUNDS = 8;

/** A text as it is, and with each kind of its escapes decoded; the last view has no escapes left. */
export function viewsOf(source: string): { views: View[]; barest: View } {
  const raw = rawView(source);
  const views = new Map([[source, raw]]);
  for (const layers of LAYERS) {
    const view = layers.reduce(undone, raw);
    if (!views.has(view.text)) views.set(view.text, view);
  }
  return { views: [...views.values()], barest: bared(raw) };
}

/** A text without escapes, to search for in the last view of another one. */
export function bare(text: string): string {
  return bared(rawView(text)).text;
}

function bared(view: View): View {
  let barest = view;
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const next = ALL.reduce(undone, barest);
    if (next.text === barest.text) break;
    barest = next;
  }
  return barest;
}

function rawView(text: string): View {
  return {
    text,
    starts: Array.from({ length: text.length }, (_, at) => at),
    ends: Array.from({ length: text.length }, (_, at) => at + 1),
  };
}

/** A text with its percent-encoding decoded; invalid encodings stay. */
export function unescapedUrl(text: string, part: "query" | "userinfo"): string {
  const { escapes, decode } = part === "query" ? QUERY : PERCENT;
  return text.replace(escapes, (escape) =>
    decode(escape)
      .map((piece) => piece.text)
      .join(""),
  );
}

function undone(view: View, { escapes, decode }: Encoding): View {
  const text: string[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  const add = (piece: string, from: number, to: number) => {
    text.push(piece);
    for (let unit = 0; unit < piece.length; unit++) {
      starts.push(view.starts[from] ?? 0);
      ends.push(view.ends[to - 1] ?? 0);
    }
  };
  const copy = (from: number, to: number) => {
    text.push(view.text.slice(from, to));
    for (let at = from; at < to; at++) {
      starts.push(view.starts[at] ?? 0);
      ends.push(view.ends[at] ?? 0);
    }
  };
  let at = 0;
  for (const { 0: escape, index } of view.text.matchAll(escapes)) {
    copy(at, index);
    at = index;
    for (const piece of decode(escape)) {
      add(piece.text, at, at + piece.length);
      at += piece.length;
    }
  }
  copy(at, view.text.length);
  return { text: text.join(""), starts, ends };
}

function percentDecoded(escape: string): Piece[] {
  const bytes = Buffer.from(escape.replaceAll("%", ""), "hex");
  const pieces: Piece[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = utf8Length(bytes[at] ?? 0);
    const text = bytes.subarray(at, at + length).toString();
    // Bytes that are not UTF-8 are decoded one by one.
    const taken = text.includes("\ufffd") && length > 1 && text !== "\ufffd" ? 1 : length;
    pieces.push({ text: taken === length ? text : "\ufffd", length: 3 * Math.min(taken, bytes.length - at) });
    at += taken;
  }
  return pieces;
}

function utf8Length(lead: number): number {
  if (lead >= 0xf0) return 4;
  if (lead >= 0xe0) return 3;
  return lead >= 0xc0 ? 2 : 1;
}

const LETTERS: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

function backslashDecoded(escape: string): string {
  const hexadecimal = /^[ux]([0-9a-f]+)$/i.exec(escape)?.[1];
  if (hexadecimal !== undefined) return String.fromCharCode(parseInt(hexadecimal, 16));
  return LETTERS[escape] ?? escape;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function htmlDecoded(name: string): string {
  const number = /^#(?:x([0-9a-f]+)|(\d+))$/i.exec(name);
  if (!number) return ENTITIES[name.toLowerCase()] ?? "";
  const code = number[1] === undefined ? Number(number[2]) : parseInt(number[1], 16);
  return code <= 0x10ffff ? String.fromCodePoint(code) : "\ufffd";
}
