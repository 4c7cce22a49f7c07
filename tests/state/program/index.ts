import { ActionsSecrets } from "../../../components/actions-secrets";

const { FORGEJO_URL = "", FORGEJO_TOKEN = "", SECRET_NAMES = "" } = process.env;

new ActionsSecrets("secrets", {
  url: FORGEJO_URL,
  token: FORGEJO_TOKEN,
  scopes: [
    {
      owner: "eblume",
      repository: "blumeops",
      authoritative: false,
      secrets: Object.fromEntries(
        SECRET_NAMES.split(",").map((name) => [name, { value: `value of ${name}` }]),
      ),
    },
  ],
});
