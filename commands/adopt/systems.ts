import { AuthentikReader } from "../../systems/authentik/reader";
import { ForgejoClient } from "../../systems/forgejo/forgejo-client";
import { scopeKey } from "../../systems/forgejo/scope";
import type { StackAccess } from "../shared/stack";
import type { Systems } from "./candidates";
import { kubectl } from "./kubernetes";

/** The systems of a stack, opened as the program would open them. Each is asked only when something of it is looked for. */
export async function openSystems(stack: StackAccess): Promise<Systems> {
  const { settings } = stack;
  const places = new Map<string, Promise<ReadonlySet<string>>>();
  let token: Promise<string> | undefined;
  return {
    authentik: new AuthentikReader(settings.authentik.url, await stack.secret(settings.authentik.token)),
    items: (vault, title) => stack.onepassword.find(vault, title),
    secretNames: (url, place) => {
      const key = scopeKey(place);
      token ??= stack.secret(settings.forgejo.token);
      const names = places.get(key) ?? token.then((known) => new ForgejoClient(url).listNames(place, known));
      places.set(key, names);
      return names;
    },
    kubernetesObject: kubectl(process.env),
  };
}
