import { VERBS } from "../../systems/zot/grants";
import { printableTexts } from "../../systems/text";
import type { AuditReport, ListedKey, Right } from "./types";

/*
 * The report as one self-contained page: no script, no font, no picture, no network. Wide screens and paper show
 * tables; a phone shows each row as a card with labelled cells.
 */

const SOON_DAYS = 14;
const DAY_MS = 86_400_000;

export function htmlReport(found: AuditReport): string {
  const report = printableTexts(found);
  const { askedAt, differences, keys, notSeen, registryUrl, rights, stack, superusers, zotVersion } = report;
  const byWhere = grouped(rights, ({ area }) => area);
  const byWho = grouped(rights, ({ who }) => who);
  const title = `Who may do what: ${hostOf(registryUrl)}`;
  return page(
    title,
    [
      `<header><h1>${text(title)}</h1>`,
      `<p>${text(registryUrl)} · stack ${text(stack)} · zot ${text(zotVersion)} · <time datetime="${text(askedAt)}">${text(minute(askedAt))}</time></p>`,
      `<nav><a href="#where">By place</a> <a href="#who">By who</a> <a href="#keys">Keys</a> <a href="#differs">Differences</a></nav></header>`,
      differencesPart(differences),
      `<section id="where"><h2>By place</h2>`,
      ...(byWhere.length === 0 ? ["<p>Nobody may do anything.</p>"] : byWhere.map(placePart)),
      `</section>`,
      `<section id="who"><h2>By who</h2>`,
      ...byWho.map(whoPart),
      ...(superusers.length === 0
        ? []
        : [
            `<p class="note"><strong>Superusers of Authentik</strong> may change everybody’s groups, and so their own rights: ${text(superusers.join(", "))}.</p>`,
          ]),
      `</section>`,
      keysPart(keys, askedAt),
      `<section id="unseen"><h2>Not seen</h2><ul>${notSeen.map((each) => `<li>${text(each)}</li>`).join("")}</ul></section>`,
    ].join("\n"),
  );
}

function differencesPart(differences: AuditReport["differences"]): string {
  if (differences.length === 0)
    return `<p id="differs" class="well"><span aria-hidden="true">✓</span> No differences from the settings.</p>`;
  const items = differences.map(
    ({ found, todo }) => `<li>${text(found)}<br><em>To do:</em> ${text(todo)}</li>`,
  );
  return `<section id="differs" class="wrong"><h2>Differences from the settings</h2><ul>${items.join("")}</ul></section>`;
}

function placePart([area, rights]: readonly [string, readonly Right[]]): string {
  const rows = rights.map((right) =>
    row([
      `<th scope="row">${who(right)}</th>`,
      ...VERBS.map((verb) => mark(verb, right.may.includes(verb))),
      `<td data-label="why">${text(reason(right))}</td>`,
    ]),
  );
  return table(area, ["who", ...VERBS, "why"], rows);
}

function whoPart([name, rights]: readonly [string, readonly Right[]]): string {
  const [first] = rights;
  const rows = rights.map((right) =>
    row([
      `<th scope="row"><code>${text(right.area)}</code></th>`,
      ...VERBS.map((verb) => mark(verb, right.may.includes(verb))),
      `<td data-label="why">${text(reason(right))}</td>`,
    ]),
  );
  const kind = first && first.kind !== first.who ? ` (${first.kind})` : "";
  return table(`${name}${kind}`, ["where", ...VERBS, "why"], rows);
}

function keysPart(keys: readonly ListedKey[], askedAt: string): string {
  const now = Date.parse(askedAt);
  const rows = keys.map((key) => {
    const { ageDays, createdAt, expiresAt, isExpired, label, lastUsed, owner, role } = key;
    const left = expiresAt === undefined ? undefined : Math.floor((Date.parse(expiresAt) - now) / DAY_MS);
    const ends =
      left === undefined || expiresAt === undefined
        ? `<strong class="bad">never</strong>`
        : isExpired || left < 0
          ? `${date(expiresAt)} <strong class="bad">ended</strong>`
          : `${date(expiresAt)} <span${left < SOON_DAYS ? ' class="bad"' : ""}>in ${count(left, "day")}</span>`;
    return row([
      `<th scope="row">${text(owner)}</th>`,
      `<td data-label="label">${text(label)}</td>`,
      `<td data-label="state">${isExpired ? "ended" : text(role)}</td>`,
      `<td data-label="made">${date(createdAt)}, ${count(ageDays, "day")} old</td>`,
      `<td data-label="ends">${ends}</td>`,
      `<td data-label="last used">${lastUsed === undefined ? "never" : date(lastUsed)}</td>`,
    ]);
  });
  const body =
    rows.length === 0
      ? "<p>No key could be seen.</p>"
      : table("Keys that zot lists", ["owner", "label", "state", "made", "ends", "last used"], rows);
  return `<section id="keys"><h2>Keys</h2>${body}</section>`;
}

function who({ kind, who: name }: Right): string {
  return kind === name ? text(name) : `${text(name)} <small>${text(kind)}</small>`;
}

function reason({ note, why }: Right): string {
  return note === undefined ? why : `${why}; ${note}`;
}

function mark(verb: string, may: boolean): string {
  return may
    ? `<td class="may" data-label="${verb}"><span aria-label="yes">✓</span></td>`
    : `<td class="not" data-label="${verb}"><span aria-label="no">–</span></td>`;
}

function table(caption: string, heads: readonly string[], rows: readonly string[]): string {
  const head = heads.map((each) => `<th scope="col">${text(each)}</th>`).join("");
  return `<table><caption>${text(caption)}</caption><thead><tr>${head}</tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

function row(cells: readonly string[]): string {
  return `<tr>${cells.join("")}</tr>`;
}

function grouped(
  rights: readonly Right[],
  key: (right: Right) => string,
): (readonly [string, readonly Right[]])[] {
  const groups = new Map<string, Right[]>();
  for (const right of rights) groups.set(key(right), [...(groups.get(key(right)) ?? []), right]);
  return [...groups];
}

const day = (time: string): string => time.slice(0, 10);
/** Which no line breaks. */
const date = (time: string): string => `<time datetime="${text(time)}">${text(day(time))}</time>`;
const minute = (time: string): string => `${day(time)} ${time.slice(11, 16)} UTC`;
const count = (number: number, unit: string): string => `${number} ${unit}${number === 1 ? "" : "s"}`;

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

/** Names are from other systems: none of them is markup. */
function text(value: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return value.replace(/[&<>"']/g, (character) => entities[character] ?? "");
}

const STYLE = `
:root { color-scheme: light dark; --line: #8886; --soft: #8881; --good: #067d3c; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --good: #5fd38d; --bad: #ff8a80; } }
* { box-sizing: border-box; }
body { font: 16px/1.45 system-ui, sans-serif; margin: 0 auto; max-width: 70rem; padding: 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; } h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; break-after: avoid; }
p { margin: .25rem 0; } nav a { margin-right: 1rem; } code { font: inherit; }
table { border-collapse: collapse; width: 100%; margin: 0 0 1.25rem; }
caption { text-align: left; font-weight: 600; padding: .35rem .5rem; background: var(--soft); border-bottom: 2px solid var(--line); }
th, td { text-align: left; vertical-align: top; padding: .35rem .5rem; border-bottom: 1px solid var(--line); font-weight: normal; }
tbody th { font-weight: 600; width: 26%; } thead th { font-size: .85rem; opacity: .8; overflow-wrap: normal; } #keys tbody th { width: auto; } small { opacity: .75; font-weight: normal; }
.may, .not { text-align: center; width: 6rem; } .may { color: var(--good); font-weight: 700; } .not { opacity: .45; }
.bad { color: var(--bad); } .well { color: var(--good); } .wrong { border-left: 4px solid var(--bad); padding-left: .75rem; }
thead th:not(:first-child):not(:last-child) { text-align: center; } #keys thead th { text-align: left; }
#keys td:not([data-label="label"]) { overflow-wrap: normal; } #keys td time { white-space: nowrap; }
@media screen and (max-width: 40rem) {
  thead { position: absolute; left: -999rem; }
  table, caption, tbody, tr, th, td { display: block; } tbody th, td { width: auto; }
  tr { border: 1px solid var(--line); border-radius: .5rem; margin: .5rem 0; padding: .25rem 0; }
  th, td { border: 0; padding: .2rem .6rem; }
  .may, .not { display: inline-block; width: auto; padding: .1rem .45rem; }
  .not { display: none; }
  td[data-label]::before { content: attr(data-label) ": "; opacity: .7; font-weight: normal; }
  td.may[data-label]::before { content: attr(data-label) " "; opacity: 1; }
}
@media print {
  :root { color-scheme: light; --good: #000; --bad: #000; }
  body { font-size: 10pt; max-width: none; padding: 0; } nav { display: none; } .may, .not { width: 3.5rem; } tbody th { width: 20%; }
  table { break-inside: auto; } tr, caption { break-inside: avoid; } caption { break-after: avoid; } thead { display: table-header-group; }
}
`;

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${text(title)}</title>
<style>${STYLE}</style>
</head>
<body>
${body}
</body>
</html>
`;
}
