import { changesIn, summarize } from "../../ci/plan";

/** As the CLI 3.250.0 printed it of a rehearsal whose config was edited on the host, shortened. */
const REAL = `Previewing update (rehearsal):
~ pulumi:pulumi:Stack: (refresh)
    [urn=urn:pulumi:rehearsal::zot-access::pulumi:pulumi:Stack::zot-access-rehearsal]
            ~ authentik:index/token:Token: (refresh)
                [id=zot-ci-app-password]
                [urn=urn:pulumi:rehearsal::zot-access::zot-access:index:CiLogin$authentik:index/token:Token::identity-login-app-password]
                --outputs:--
              ~ expiresIn  : 86399 => 86352
    ~ command:remote:Command: (update)
        [id=3f]
        [urn=urn:pulumi:rehearsal::zot-access::zot-access:index:ZotRegistry$command:remote:Command::registry-config]
        [provider=urn:pulumi:rehearsal::zot-access::pulumi:providers:command::default_1_2_1::47395fa9]
      ~ create: "exec /bin/sh -s # zot-access 405045dc22213e7d0b6d" => "exec /bin/sh -s # zot-access 2abbc2709e4dcc395b96"
      ~ stdin : [secret] => [secret]
    ~ zot-access:index:AccessProof: (update)
        [id=http://127.0.0.1:36407]
        [urn=urn:pulumi:rehearsal::zot-access::zot-access:index:AccessProof$zot-access:index:AccessProof::access-proof-matrix]
      ~ after            : "6d67e272a4f91058" => "892adc1284565e8b"
Resources:
    ~ 2 to update
    33 unchanged
`;

test("a plan is read as the CLI prints it, without what only the refresh did", () => {
  const changes = changesIn(REAL);
  expect(changes).toEqual([
    { operation: "update", type: "command:remote:Command", name: "registry-config" },
    { operation: "update", type: "zot-access:index:AccessProof", name: "access-proof-matrix" },
  ]);
  expect(summarize(changes)).toBe("2 to update");
  expect(changesIn("  pulumi:pulumi:Stack: (same)\nResources:\n    35 unchanged\n")).toEqual([]);
});
