/** A text with its escapes undone, and where in the source each of its characters stands. */
export interface View {
  readonly text: string;
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

interface Piece {
  /** One character, or its two surrogates. */
  readonly text: string;
  /** How much of the escape it took. */
  readonly length: number;
}

interface Encoding {
  readonly escapes: RegExp;
  readonly decode: (escape: string) => Piece[];
}

/** RFC 3986, in either case of the digits, and whether or not the character had to be escaped. */
const PERCENT: Encoding = { escapes: /(?:%[0-9a-f]{2})+/gi, decode: percentDecoded };
/** As forms and queries are written: a space is a plus sign. */
const QUERY: Encoding = {
  escapes: /\+|(?:%[0-9a-f]{2})+/gi,
  decode: (escape) => (escape === "+" ? [{ text: " ", length: 1 }] : percentDecoded(escape)),
};
/** JSON, and Go's %q, which has more letters and bytes in hexadecimal. */
const BACKSLASH: Encoding = {
  escapes: /\\(?:u[0-9a-f]{4}|x[0-9a-f]{2}|[^])/gi,
  decode: (escape) => [{ text: backslashDecoded(escape.slice(1)), length: escape.length }],
};

/** What programs put a value through before they print it: an address in JSON, an error that quotes an address, … */
const LAYERS: readonly (readonly Encoding[])[] = [
  [PERCENT],
  [QUERY],
  [BACKSLASH],
  [BACKSLASH, PERCENT],
  [BACKSLASH, QUERY],
  [PERCENT, BACKSLASH],
  [PERCENT, PERCENT],
  [BACKSLASH, BACKSLASH],
];

/** A text as it stands, and with every kind of escape undone that it has. */
export function viewsOf(source: string): View[] {
  const raw: View = {
    text: source,
    starts: Array.from({ length: source.length }, (_, at) => at),
    ends: Array.from({ length: source.length }, (_, at) => at + 1),
  };
  const views = new Map([[source, raw]]);
  for (const layers of LAYERS) {
    const view = layers.reduce(undone, raw);
    if (!views.has(view.text)) views.set(view.text, view);
  }
  return [...views.values()];
}

/** A text with its percent-encoding undone; what is no encoding stays as it is. */
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
    // Bytes that are no UTF-8 come one by one.
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
