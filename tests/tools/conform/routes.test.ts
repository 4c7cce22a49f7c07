import { COMPARED } from "../../../tools/conform/systems";

/*
 * What a stand-in serves is held to the real system: a fact asks it, or the list says why none does. Neither can go stale.
 */
describe.each(COMPARED)("$name", (system) => {
  const flavours = system.flavours.map((flavour) => ({ flavour }));

  async function servedIn(flavour: string) {
    const standIn = await system.standIn(flavour);
    await standIn.stop();
    return standIn;
  }

  test.each(flavours)(
    "$flavour: each method and path that is served is asked, or says why not",
    async ({ flavour }) => {
      const { routes, side } = await servedIn(flavour);

      const asked = system.facts.map(({ ask }) => {
        const [method = "", path = ""] = ask.replaceAll(/\{\w+\}/g, "x").split(/[ ?]/);
        return { method, path: path.startsWith("/") ? path : side.base + path };
      });
      const unnamed = routes
        .filter(
          ({ method, pattern }) => !asked.some((each) => each.method === method && pattern.test(each.path)),
        )
        .map(
          ({ method, pattern }) =>
            `${method} ${pattern.source.replace(/^\^|\$$/g, "").replaceAll("\\/", "/")}`,
        );
      expect(routes.length).toBeGreaterThan(5);
      expect(unnamed.sort()).toEqual(
        Object.keys(system.unasked)
          .map((route) => route.replaceAll(/:\w+/g, "[^/]+"))
          .sort(),
      );
    },
  );
});
