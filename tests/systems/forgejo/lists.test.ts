import { startForgejo } from "../../../rehearsal/forgejo";
import { type FlavourName, FLAVOURS } from "../../../rehearsal/forgejo/flavours";
import { ForgejoClient } from "../../../systems/forgejo/forgejo-client";

/*
 * A list that is read half would make every secret beyond it look deleted: each update would write it again.
 */
test.each(Object.keys(FLAVOURS) as FlavourName[])("%s: a list is read to its end", async (flavour) => {
  const [owner, token] = ["eblume", "token"];
  const server = await startForgejo({ token, owner, repositories: ["blumeops"], orgs: ["lab"], flavour });
  try {
    const client = new ForgejoClient(server.url);
    const places = [{ owner, repository: "blumeops" }, { owner: "lab" }];
    const wanted = Array.from({ length: 120 }, (_, index) => `SECRET_${index}`);
    for (const place of places) {
      for (const name of wanted) await client.put(place, token, name, "x");
      expect(await client.listNames(place, token)).toEqual(new Set(wanted));
    }
    const lists = server.requests.filter(({ method }) => method === "GET").length;
    expect(lists).toBeLessThanOrEqual(6);
  } finally {
    await server.stop();
  }
});
