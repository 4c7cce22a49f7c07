/** As the CLI 3.250.0 printed it of a rehearsal whose config was edited on the host, shortened. */
export const DRIFT = `Previewing update (rehearsal):
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

/** The same of a key that is due since its `createdAt` was set back by 61 days in the state, shortened. */
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
        [urn=urn:pulumi:rehearsal::zot-access::zot-access:index:AccessProof$zot-access:index:AccessProof::access-proof-matrix]
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

/** `pulumi up --diff` of the same, which puts the config right; shortened. */
export const DEPLOYED = `Updating (rehearsal):
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
        [id=registry-config1336f07c]
        [urn=urn:pulumi:rehearsal::zot-access::zot-access:index:ZotRegistry$command:remote:Command::registry-config]
        --outputs:--
      ~ stderr                :
            zot-access: trying the staged set beside the running zot
          - zot-access: switching to sets/20261125T150056Z-15797, to restart
          + zot-access: switching to sets/20261125T150137Z-32446, to restart
      ~ stdout                : "zot-access-result restarted gapMs=653 zot 2.1.20 restarted and proven" => "zot-access-result restarted gapMs=613 zot 2.1.20 restarted and proven"
    ~ zot-access:index:AccessProof: (update)
        [id=http://127.0.0.1:35339]
        [urn=urn:pulumi:rehearsal::zot-access::zot-access:index:AccessProof$zot-access:index:AccessProof::access-proof-matrix]
      ~ after            : "644d07dc4066bb28" => "79485f2192fa01a2"
    --outputs:--
    answersProven : 99
Resources:
    ~ 2 updated
    34 unchanged

Duration: 8s
`;
