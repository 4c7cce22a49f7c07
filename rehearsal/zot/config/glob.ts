/**
 * Whether zot takes this for a pattern (doublestar's ValidatePattern): brackets and braces are closed, a backslash has
 * something after it. That it can match a repository is not asked.
 */
export function isValidGlob(glob: string): boolean {
  let depth = 0;
  let rest = glob;
  while (rest !== "") {
    const token = /^(?:\\[^]|\[[!^]?(?:\\[^]|[^\]\\])(?:\\[^]|[^\]\\])*\]|[^\\[])/.exec(rest)?.[0];
    if (token === undefined) return false;
    if (token === "{") depth += 1;
    if (token === "}") depth -= 1;
    if (depth < 0) return false;
    rest = rest.slice(token.length);
  }
  return depth === 0;
}
