import { main } from "@pulumi/pulumi/provider";
import { AccessProofHandler } from "./access-proof";
import { ActionsSecretHandler } from "./actions-secret";
import { dispatch, erased } from "./dispatch";
import { ZotApiKeyHandler } from "./zot-api-key";
import { version } from "../package.json";

const handlers = {
  "zot-access:index:ZotApiKey": erased(new ZotApiKeyHandler()),
  "zot-access:index:ActionsSecret": erased(new ActionsSecretHandler()),
  "zot-access:index:AccessProof": erased(new AccessProofHandler()),
};

void main(dispatch(version, handlers), process.argv.slice(2));
