/*
 * What the CLI 3.250.0 printed in the rehearsal's world, shortened by whole lines. That it does so still is seen by
 * tests/engine/mission.test.ts for those that docs/ci.md shows.
 */

/** What the config differs in, and the command that would send it. */
const CONFIG_DIFF = `  pulumi:pulumi:Stack: (same)
    [urn=urn:pulumi:rehearsal::zot-access::pulumi:pulumi:Stack::zot-access-rehearsal]
--- config.json	on the host
+++ config.json	desired
@@ -163,7 +163,7 @@
     "gc": true
   },
   "log": {
-    "level": "debug"
+    "level": "info"
   },
   "extensions": {
     "metrics": {
    ~ command:remote:Command: (update)
        [id=registry-configdf5840f2]
        [urn=urn:pulumi:rehearsal::zot-access::zot-access:index:ZotRegistry$command:remote:Command::registry-config]
      ~ create: "exec /bin/sh -s apply 7644deb35b04bc7e694b 2.1.20 # zot-access" => "exec /bin/sh -s apply 301f8354d5c017dab817 2.1.20 # zot-access"
`;

const EDITED_CONFIG = `${CONFIG_DIFF}    ~ zot-access:index:AccessProof: (update)
        [id=http://127.0.0.1:43613]
        [urn=urn:pulumi:rehearsal::zot-access::zot-access:index:AccessVerification$zot-access:index:AccessProof::access-proof-matrix]
      ~ after            : "723ddab97c58e803" => "10ae6f4458b2ceea"
Resources:
    ~ 2 to update
    34 unchanged

Policy Packs run:
    Name                     Version
    zot-access|local|policy  0.1.0
`;

/** `pulumi preview --diff` after the config was edited on the host. */
export const PREVIEW = `Previewing update (rehearsal):
${EDITED_CONFIG}`;

/** The same of the nightly run, with --refresh. */
export const DRIFT = `Previewing update (rehearsal):
~ pulumi:pulumi:Stack: (refresh)
    [urn=urn:pulumi:rehearsal::zot-access::pulumi:pulumi:Stack::zot-access-rehearsal]
            ~ authentik:index/token:Token: (refresh)
                [id=zot-ci-app-password]
                [urn=urn:pulumi:rehearsal::zot-access::zot-access:index:RegistryIdentity$zot-access:index:CiLogin$authentik:index/token:Token::identity-login-app-password]
                --outputs:--
              ~ expiresIn  : 86399 => 86365
${EDITED_CONFIG}`;

/** The nightly preview of a key that is due since its `createdAt` was set back by 61 days in the state, shortened. */
export const RENEWAL = `Previewing update (rehearsal):
~ pulumi:pulumi:Stack: (refresh)
    [urn=urn:pulumi:rehearsal::zot-access::pulumi:pulumi:Stack::zot-access-rehearsal]
            ~ authentik:index/token:Token: (refresh)
                [id=zot-ci-app-password]
                [urn=urn:pulumi:rehearsal::zot-access::zot-access:index:RegistryIdentity$zot-access:index:CiLogin$authentik:index/token:Token::identity-login-app-password]
                [provider=urn:pulumi:rehearsal::zot-access::pulumi:providers:authentik::authentik::d65e51d4-67ee-4ea4-be13-e96a51e5ed8a]
                --outputs:--
              ~ expiresIn  : 86399 => 86363
renewal due: key 8ccda8ce-d595-4ad6-a8f9-036de9965d2f expires in 89 days
  pulumi:pulumi:Stack: (same)
    [urn=urn:pulumi:rehearsal::zot-access::pulumi:pulumi:Stack::zot-access-rehearsal]
renewal due: key 8ccda8ce-d595-4ad6-a8f9-036de9965d2f expires in 89 days
    +-zot-access:index:ZotApiKey: (replace)
        [id=8ccda8ce-d595-4ad6-a8f9-036de9965d2f]
        [urn=urn:pulumi:rehearsal::zot-access::zot-access:index:CiCredential$zot-access:index:ZotApiKey::ci-credential-api-key]
        appPassword   : [secret]
      - createdAt     : "2026-09-25T14:59:56.256Z"
      - expiresAt     : "2027-02-23T14:59:25Z"
      - key           : [secret]
    ~ onepassword:index/item:Item: (update)
        [id=vaults/rehearsalrehearsalrehears7/items/vowknl5bgbry6dcpp45aulhult]
        [urn=urn:pulumi:rehearsal::zot-access::zot-access:index:CiCredential$onepassword:index/item:Item::ci-credential-item]
        [provider=urn:pulumi:rehearsal::zot-access::pulumi:providers:onepassword::onepassword::cce219c2-902f-4636-9229-9212c9da0605]
      ~ password  : [secret] => [secret]
      ~ sectionMap: {
          ~ key: {
              ~ fieldMap: {
                  ~ expires at: {
                      - id   : "3c0a1323-0c3b-4dfa-978a-e5a3d456a5a3"
                        type : "STRING"
                        value: [secret]
                    }
                }
              - id      : "f8f46969-14c1-4104-90d2-0318dab567bb"
            }
        }
    ~ zot-access:index:ActionsSecret: (update)
        [id=eblume/blumeops/ZOT_CI_API_KEY]
        [urn=urn:pulumi:rehearsal::zot-access::zot-access:index:ActionsSecrets$zot-access:index:ActionsSecret::actions-secrets-eblume-blumeops-ZOT_CI_API_KEY]
        value     : [secret]
    ~ zot-access:index:AccessProof: (update)
        [id=http://127.0.0.1:33225]
        [urn=urn:pulumi:rehearsal::zot-access::zot-access:index:AccessVerification$zot-access:index:AccessProof::access-proof-matrix]
      ~ after            : "5a0d956ee7007b5b" => [unknown]
    ~ zot-access:index:RetiredKeys: (update)
        [id=zot-access/rehearsal/zot-ci]
        [urn=urn:pulumi:rehearsal::zot-access::zot-access:index:KeyRetirement$zot-access:index:RetiredKeys::old-keys-retired]
      ~ uuid       : "8ccda8ce-d595-4ad6-a8f9-036de9965d2f" => [unknown]
Resources:
    ~ 4 to update
    +-1 to replace
    5 changes. 31 unchanged
`;

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
      ~ after            : "723ddab97c58e803" => "10ae6f4458b2ceea"
    --outputs:--
    answersProven : 99
    ciKeyExpiresAt: "2027-02-23T16:00:23Z"
Resources:
    ~ 2 updated
    34 unchanged

Policy Packs run:
    Name                     Version
    zot-access|local|policy  0.1.0
`;
