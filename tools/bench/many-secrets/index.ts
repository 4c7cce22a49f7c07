import { ActionsSecrets } from "../../../components/actions-secrets";
import { OWNER, repositoryNames, secretNames } from "./names";

const { FORGEJO_URL = "", FORGEJO_TOKEN = "", SECRET_VALUE = "" } = process.env;

new ActionsSecrets("secrets", {
  url: FORGEJO_URL,
  token: FORGEJO_TOKEN,
  scopes: repositoryNames.map((repository) => ({
    owner: OWNER,
    repository,
    authoritative: false,
    secrets: Object.fromEntries(
      secretNames.map((name) => [name, { value: `${SECRET_VALUE} ${repository} ${name}` }]),
    ),
  })),
});
