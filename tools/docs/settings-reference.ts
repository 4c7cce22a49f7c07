import { readFileSync } from "node:fs";
import { KINDS } from "../../systems/zot/config/consequences";
import { VERBS } from "../../systems/zot/grants";
import ts from "typescript";

interface Row {
  readonly path: string;
  readonly type: string;
  readonly fallback: string;
  readonly text: string;
}

/**
 * The settings as a Markdown reference, from the schema's own source: its doc comments are the descriptions.
 *
 * @param schemaFile path of config/schema.ts.
 */
export function settingsReference(schemaFile: string): string {
  const source = ts.createSourceFile(
    schemaFile,
    readFileSync(schemaFile, "utf8"),
    ts.ScriptTarget.Latest,
    true,
  );
  const declared = new Map<string, ts.Expression>();
  source.forEachChild((node) => {
    if (!ts.isVariableStatement(node)) return;
    for (const { name, initializer } of node.declarationList.declarations) {
      if (initializer && ts.isIdentifier(name)) declared.set(name.text, initializer);
    }
  });
  const sections = declared.get("sections");
  if (!sections || !ts.isObjectLiteralExpression(sections))
    throw new Error(`${schemaFile} declares no sections`);
  const rows = rowsOf(sections, "", declared);
  return [
    "# Settings",
    "",
    "`npm run docs` generates this page from `config/schema.ts`. In `Pulumi.<stack>.yaml` each key has the prefix `zot-access:`.",
    "A secret is an `op://vault/item/field` reference or a value set with `pulumi config set --secret`.",
    "",
    "| setting | type | default | meaning |",
    "| --- | --- | --- | --- |",
    ...rows.map(({ path, type, fallback, text }) => `| \`${path}\` | ${type} | ${fallback} | ${text} |`),
    "",
  ].join("\n");
}

type Declared = ReadonlyMap<string, ts.Expression>;

function rowsOf(object: ts.ObjectLiteralExpression, prefix: string, declared: Declared): Row[] {
  return object.properties.flatMap((property) => {
    if (ts.isShorthandPropertyAssignment(property)) {
      return describe(property, property.name.text, property.name, prefix, declared);
    }
    return ts.isPropertyAssignment(property) && ts.isIdentifier(property.name)
      ? describe(property, property.name.text, property.initializer, prefix, declared)
      : [];
  });
}

function describe(
  node: ts.Node,
  name: string,
  value: ts.Expression,
  prefix: string,
  declared: Declared,
): Row[] {
  const chain = callsOf(value, declared);
  const path = `${prefix}${name}`;
  const objects = chain.objects.flatMap((object) => rowsOf(object, `${path}${chain.below}.`, declared));
  const text = commentOf(node);
  if (chain.objects.length > 0 && text === "") return unique(objects);
  return [{ path, type: chain.type, fallback: chain.fallback, text }, ...unique(objects)];
}

/** Options of a union repeat common names; each gets one row. */
function unique(rows: Row[]): Row[] {
  return rows.filter(({ path }, index) => rows.findIndex((row) => row.path === path) === index);
}

interface Chain {
  type: string;
  fallback: string;
  /** What follows its path in those of its entries: of a list, of a map by names. */
  below: "" | "[]" | ".NAME";
  objects: ts.ObjectLiteralExpression[];
}

/** What a chain like `z.array(text).min(1).default([])` says. */
function callsOf(expression: ts.Expression, declared: Declared): Chain {
  if (ts.isIdentifier(expression)) {
    const target = declared.get(expression.text);
    return target ? callsOf(target, declared) : leaf(expression.text);
  }
  if (!ts.isCallExpression(expression) || !ts.isPropertyAccessExpression(expression.expression))
    return leaf("text");
  const { expression: subject, name } = expression.expression;
  const [first, second] = expression.arguments;
  if (ts.isIdentifier(subject) && subject.text === "z")
    return constructed(name.text, first, second, declared);
  const inner = callsOf(subject, declared);
  if (name.text === "default" && first)
    return { ...inner, fallback: `\`${first.getText().replace(/\s+/g, " ")}\`` };
  if (name.text === "optional" || name.text === "prefault") return { ...inner, fallback: "–" };
  return inner;
}

function constructed(
  kind: string,
  first: ts.Expression | undefined,
  second: ts.Expression | undefined,
  declared: Declared,
): Chain {
  const argument = first && !ts.isArrayLiteralExpression(first) ? first : undefined;
  switch (kind) {
    case "strictObject":
      return {
        ...leaf("map"),
        objects: argument && ts.isObjectLiteralExpression(argument) ? [argument] : [],
      };
    case "array": {
      const element = argument ? callsOf(argument, declared) : leaf("text");
      return { ...element, type: `list of ${element.type}`, fallback: leaf("").fallback, below: "[]" };
    }
    case "enum":
      return leaf(literals(first).join(", "));
    case "literal":
      return leaf("text");
    case "discriminatedUnion": {
      const options = second && ts.isArrayLiteralExpression(second) ? second.elements : [];
      return { ...leaf("map"), objects: options.flatMap((option) => callsOf(option, declared).objects) };
    }
    case "record": {
      const element = second ? callsOf(second, declared) : leaf("text");
      return { ...element, type: `map of ${element.type}s`, fallback: leaf("").fallback, below: ".NAME" };
    }
    default:
      return leaf(kind === "string" ? "text" : kind);
  }
}

/** How the schema's own building blocks (config/fields.ts) are called in the reference. */
const TYPE_NAMES: Readonly<Record<string, string>> = {
  url: "URL",
  tokenUrl: "URL",
  encrypted: "encrypted secret",
  sshAddress: "text",
  sshPublicKey: "public key",
  hostPath: "absolute path",
  groupName: "group",
  loginName: "username",
  port: "port number",
  namespaceName: "namespace",
  objectName: "name",
  forgejoName: "name",
  secretOrKey: "secret",
  dangerKind: worded(KINDS),
  verb: worded(VERBS),
  zotConfig: "map",
  configFileName: "file name",
  mountText: "mount",
  union: "absolute path or map",
};

function worded(words: readonly string[]): string {
  return words.map((word) => `\`"${word}"\``).join(", ");
}

function leaf(type: string): Chain {
  return { type: TYPE_NAMES[type] ?? type, fallback: "required", below: "", objects: [] };
}

function literals(list: ts.Expression | undefined): string[] {
  return list && ts.isArrayLiteralExpression(list)
    ? list.elements.map((element) => `\`${element.getText()}\``)
    : [];
}

function commentOf(node: ts.Node): string {
  const [comment] =
    ts.getLeadingCommentRanges(node.getSourceFile().text, node.getFullStart())?.slice(-1) ?? [];
  if (!comment) return "";
  const raw = node.getSourceFile().text.slice(comment.pos, comment.end);
  return raw
    .replace(/^\/\*\*|\s*\*\/$|^\s*\*/gm, " ")
    .replace(/\s+/g, " ")
    .replace(/ ?Required\./, "")
    .trim()
    .replace(/\|/g, "\\|");
}
