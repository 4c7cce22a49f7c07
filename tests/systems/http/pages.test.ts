import { allPages, EndlessListError } from "../../../systems/http/pages";

const listing = {
  peer: { name: "Authentik", setting: "authentik.url" },
  action: "list users",
  where: "http://a.test/",
};
const read = (ask: (page: number) => { items: number[]; next: number | undefined }, maxPages?: number) =>
  allPages(
    { ...listing, ...(maxPages !== undefined && { maxPages }) },
    (page) => Promise.resolve(ask(page)),
    String,
  );

test("all pages are read in turn, an item that moved to the next meanwhile once", async () => {
  expect(await read((page) => ({ items: [page, page + 1], next: page < 3 ? page + 1 : undefined }))).toEqual([
    1, 2, 3, 4,
  ]);
});

test.each([
  ["names itself as the next", (page: number) => ({ items: [page], next: page })],
  ["leads back", (page: number) => ({ items: [page], next: page === 1 ? 2 : 1 })],
  ["repeats what was there", (page: number) => ({ items: [1, 2], next: page + 1 })],
])("a page that %s ends the reading with an error", async (_name, ask) => {
  let asked = 0;
  const attempt = read((page) => {
    asked++;
    return ask(page);
  });
  await expect(attempt).rejects.toThrow(EndlessListError);
  await expect(attempt).rejects.toThrow("authentik.url");
  expect(asked).toBeLessThan(4);
});

test("a list that always brings something new ends at the bound", async () => {
  await expect(read((page) => ({ items: [page], next: page + 1 }), 20)).rejects.toThrow("more than 20 pages");
});
