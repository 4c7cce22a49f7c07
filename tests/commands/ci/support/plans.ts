/*
 * What the CLI 3.250.0 printed in the rehearsal's world, shortened by whole lines. That it does so still is seen by
 * tests/engine/mission.test.ts for those that docs/ci.md shows.
 */

/** What the config differs in, and the command that would send it. */
const CONFIG_DIFF = `  pulumi:pulumi:Stack: (same)
    [urn=urn:pulumi:rehearsal::zot-access::pulumi:pulumi:Stack::zot-access-rehearsal]
zot's config, from the one on the host to the desired one:
- log.level: "debug"
+ log.level: "info"
    ~ command:remote:Command: (update)
        [id=registry-configdf5840f2]
        [urn=urn:pulumi:rehearsal::zot-access::zot-access:index:ZotRegistry$command:remote:Command::registry-config]
      ~ create: "exec /bin/sh -s apply 7644deb35b04bc7e694b 2.1.20 # zot-access" => "exec /bin/sh -s apply 301f8354d5c017dab817 2.1.20 # zot-access"
`;

const EDITED_CONFIG = `${CONFIG_DIFF}    ~ zot-access:index:AccessProof: (update)
        [id=http://127.0.0.1:43613]
        [urn=urn:pulumi:rehearsal::zot-access::zot-access:index:AccessVerification$zot-access:index:AccessProof::access-proof-matrix]
      ~ after      : "723ddab97c58e803" => "10ae6f4458b2ceea"
Resources:
    ~ 2 to update
    48 unchanged

Policy Packs run:
    Name                     Version
    zot-access|local|policy  0.1.0
`;

/** `pulumi preview --diff` after the config was edited on the host. */
export const PREVIEW = `Previewing update (rehearsal):
${EDITED_CONFIG}`;

/** What its JSON says of it. */
const URN = "urn:pulumi:rehearsal::zot-access::";
export const STEPS = [
  { op: "update", urn: `${URN}zot-access:index:ZotRegistry$command:remote:Command::registry-config` },
  {
    op: "update",
    urn: `${URN}zot-access:index:AccessVerification$zot-access:index:AccessProof::access-proof-matrix`,
  },
];

/** The same of the nightly run, with --refresh. */
export const DRIFT = `Previewing update (rehearsal):
~ pulumi:pulumi:Stack: (refresh)
    [urn=urn:pulumi:rehearsal::zot-access::pulumi:pulumi:Stack::zot-access-rehearsal]
${EDITED_CONFIG}`;

/** `pulumi up --diff` of the same, which puts the config right; its preview is left out. */
export const DEPLOYED = `Updating (rehearsal):
${CONFIG_DIFF}        --outputs:--
      ~ stderr                :
          - zot-access: staging sets/20261125T160021Z-26428
          + zot-access: staging sets/20261125T160120Z-11169
            zot-access: trying the staged set beside the running zot
          - zot-access: switching to sets/20261125T160021Z-26428, to restart
          + zot-access: switching to sets/20261125T160120Z-11169, to restart
    ~ zot-access:index:AccessProof: (update)
        [id=http://127.0.0.1:43613]
        [urn=urn:pulumi:rehearsal::zot-access::zot-access:index:AccessVerification$zot-access:index:AccessProof::access-proof-matrix]
      ~ after      : "723ddab97c58e803" => "10ae6f4458b2ceea"
    --outputs:--
    answersProven : 99
    ciKeyExpiresAt: "2027-02-23T16:00:23Z"
Resources:
    ~ 2 updated
    48 unchanged

Policy Packs run:
    Name                     Version
    zot-access|local|policy  0.1.0
`;
