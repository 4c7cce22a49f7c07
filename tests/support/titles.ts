/**
 * Whether a test file has a test, or a group of tests, of that whole title. What `each` puts in the place of %s stands in the
 * file too, or in what it is made from; a document may keep the %s.
 */
export function isTitleIn(source: string, title: string, madeFrom = ""): boolean {
  return [...source.matchAll(/"((?:[^"\\\n]|\\.)+)"/g)].some(([, literal = ""]) => {
    if (literal === title) return true;
    const pattern = literal.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/%[sdj]/g, "(.+)");
    const values = new RegExp(`^${pattern}$`).exec(title)?.slice(1);
    const there = (value: string) => /^[\d.]+$/.test(value) || (source + madeFrom).includes(value);
    return values?.every(there) ?? false;
  });
}
