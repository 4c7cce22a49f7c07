import { proof } from "../../config/arguments";
import type { Settings } from "../../config/schema";
import { checkGlob, globMatches } from "../../systems/zot/glob";

/** What the access matrix is asked with, for CI that may push to these. */
function scratchOf(pushRepositories: string[], prefixes: string[] = []): string {
  const settings = {
    access: { admins: ["admins"], writers: "writers", pushRepositories },
    zot: {
      config: {
        extensions: {
          sync: {
            registries: [
              { content: prefixes.map((prefix) => ({ prefix: "**", destination: `/${prefix}` })) },
            ],
          },
        },
      },
    },
    proof: {},
  };
  return proof(settings as unknown as Settings, "2.1.20").scratchRepository;
}

test("the scratch repository is named after the place that CI pushes to", () => {
  expect(scratchOf(["**"])).toBe("access-proof");
  expect(scratchOf(["blumeops/**", "team/**"])).toBe("blumeops/access-proof");
  expect(scratchOf(["team/*/**"])).toBe("team/access-proof/access-proof");
  expect(scratchOf(["{team,app}/**"])).toMatch(/^(team|app)\/access-proof$/);
});

test.each(["{team,app}/**", "team/v?/x", "team{,/**}", "[a-c]x/**", "{docker.io,team}/*"])(
  "of %s it is a repository that the glob matches, and is below no cache",
  (glob) => {
    const name = scratchOf([glob], ["docker.io"]);
    expect(() => checkGlob(name)).not.toThrow();
    expect(name).toMatch(/^[a-z0-9./_-]+$/);
    expect(globMatches(glob, name)).toBe(true);
    expect(globMatches("docker.io/**", name)).toBe(false);
  },
);
