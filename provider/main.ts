import { ReadRequest } from "@pulumi/pulumi/proto/provider_pb";
import { main } from "@pulumi/pulumi/provider";
import { AccessProofHandler } from "./access-proof";
import { ActionsSecretHandler } from "./actions-secret";
import { dispatch, erased } from "./dispatch";
import { endWithParent } from "./end-with-parent";
import { engineLog } from "./engine-log";
import { Forgejo } from "../systems/forgejo/forgejo";
import { isCalendarHeld } from "../keys/key-calendar";
import { KeyHistoryHandler } from "./key-history";
import { KeySuccession } from "../keys/key-succession";
import { RetiredKeysHandler } from "./retired-keys";
import { UndeclaredSecretsHandler } from "./undeclared-secrets";
import { ZotApiKeyHandler } from "./zot-api-key";
import { version } from "../package.json";
import { OWN } from "../systems/pulumi/types";

// The server prints each error with its stack trace, which the engine shows beside the error itself (@pulumi/pulumi
// 3.245.0, provider/server.js); what ends the process still reaches the engine through its log.
console.error = () => undefined;

// The same server assumes that every resource to read has properties; imported ones have none.
type Properties = ReturnType<ReadRequest["getProperties"]>;
const getProperties = Reflect.get<ReadRequest, "getProperties">(ReadRequest.prototype, "getProperties");
ReadRequest.prototype.getProperties = function () {
  return getProperties.call(this) ?? ({ toJavaScript: () => ({}) } as Properties);
};

const forgejo = new Forgejo();
const calendarHeld = isCalendarHeld(process.env);
const succession = new KeySuccession();
const handlers = {
  [OWN.apiKey]: erased(new ZotApiKeyHandler({ calendarHeld }, succession)),
  [OWN.keyHistory]: erased(new KeyHistoryHandler(succession)),
  [OWN.retiredKeys]: erased(new RetiredKeysHandler({ calendarHeld })),
  [OWN.actionsSecret]: erased(new ActionsSecretHandler(forgejo)),
  [OWN.undeclaredSecrets]: erased(new UndeclaredSecretsHandler(forgejo)),
  [OWN.accessProof]: erased(new AccessProofHandler()),
};

endWithParent();
const args = process.argv.slice(2);
void main(dispatch(version, handlers, engineLog(args.at(-1))), args);
