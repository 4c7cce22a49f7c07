import { execFileSync } from "node:child_process";
import { resolve } from "node:path";

const CONFIG = resolve(__dirname, "../../../jest.config.js");

/** The certificates that a process of the tests reads at its start, where whoever runs them has these variables. */
function certificatesWith(variables: Record<string, string>): string {
  const script = `require(${JSON.stringify(CONFIG)}); process.stdout.write(process.env.NODE_EXTRA_CA_CERTS ?? "none");`;
  const { AUTHENTIK_URL: _, FORGEJO_URL: __, ...env } = process.env;
  return execFileSync(process.execPath, ["-e", script], { encoding: "utf8", env: { ...env, ...variables } });
}

test("what the tests start reads no certificates of the user's, unless a real server is to be asked", () => {
  const NODE_EXTRA_CA_CERTS = "/dev/null";
  expect(certificatesWith({ NODE_EXTRA_CA_CERTS })).toBe("none");
  for (const name of ["AUTHENTIK_URL", "FORGEJO_URL"]) {
    const real = { [name]: "https://sso.example.org", NODE_EXTRA_CA_CERTS };
    expect(certificatesWith(real)).toBe("/dev/null");
  }
});
