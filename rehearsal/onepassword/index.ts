/*
 * Stands in for a 1Password Connect server (REST API, /v1), measured against its API reference and against what
 * connect-sdk-go and the Terraform provider expect of it. Where it cannot be as the real one: files, `/activity` and PATCH are
 * missing, which nothing here asks for, vaults cannot be made over the API (they cannot there either), and the token is any text,
 * not a signed JWT. No real one was asked: docs/conformance.md.
 */
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { StandInControls, tokenOf, type StandIn } from "../service/stand-in";
import { matcher } from "./filter";
import { isId, newId } from "./ids";
import { readItem } from "./item-input";
import { plant, type SeedItem } from "./seed";
import { SERVICE_ACCOUNT_PREFIX, ServiceAccount } from "./service-account";
import { ConnectError, type Item } from "./types";
import { Vault } from "./vault";

export type { SeedField, SeedItem } from "./seed";
export type { Item } from "./types";

export interface VaultOptions {
  /** 26 characters of a–z and 2–7; made up when left out. */
  readonly id?: string;
  readonly name: string;
  readonly description?: string;
  readonly readOnly?: boolean;
  readonly inScope?: boolean;
  readonly items?: readonly SeedItem[];
}

export interface OnePasswordOptions {
  readonly token: string;
  readonly vaults: readonly VaultOptions[];
  readonly port?: number;
}

export interface OnePassword extends StandIn {
  /** What opens the same vaults without Connect, for the stand-ins of `op` and of the provider's SDK. */
  readonly serviceAccountToken: string;
  /** Items as they are kept, values included: for assertions, and for handing out what a person would look up. */
  itemsOf(vault: string): Item[];
  /** Makes an item as somebody in the app would. */
  add(vault: string, item: SeedItem): void;
  /** Deletes an item as somebody in the app would. */
  forget(vault: string, title: string): void;
  /** Milliseconds until a write can be read back. */
  delaySync(milliseconds: number): void;
}

/** The newest that its API is described for. */
const VERSION = "1.8.1";

export async function startOnePassword(options: OnePasswordOptions): Promise<OnePassword> {
  const app = fastify({ bodyLimit: 4 * 1024 * 1024, forceCloseConnections: true });
  const controls = new StandInControls(app, (status) => ({ status, message: `fault injected: ${status}` }));
  const vaults = options.vaults.map(openVault);
  const named = (name: string): Vault => {
    const vault = vaults.find(({ traits }) => traits.name === name || traits.id === name);
    if (!vault) throw new Error(`the rehearsal's 1Password has no vault ${name}`);
    return vault;
  };

  app.get("/heartbeat", (_request, reply) => reply.type("text/plain").send("."));
  app.get("/health", () => ({ name: "1Password Connect API", version: VERSION, dependencies: [] }));
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ status: 404, message: "Not Found" }));
  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    const status = error instanceof ConnectError ? error.status : (error.statusCode ?? 500);
    const message = error instanceof ConnectError ? error.message : "Something went wrong";
    return reply.code(status).send({ status, message });
  });

  const serve = (api: FastifyInstance, { admit, deleteConflict }: Way) => {
    api.addHook("onRequest", async (request, reply) => {
      const refused = admit(request);
      if (refused)
        await reply.code(refused.status).send({ status: refused.status, message: refused.message });
    });
    api.get("/v1/vaults", (request) => {
      const matches = matcher(filterOf(request));
      return vaults
        .filter(({ traits }) => traits.inScope && matches(traits.name))
        .map((vault) => vault.describe());
    });
    api.get("/v1/vaults/:vault", (request) => vaultOf(vaults, request).describe());
    api.get("/v1/vaults/:vault/items", (request) => {
      const matches = matcher(filterOf(request));
      return vaultOf(vaults, request)
        .items()
        .filter(({ title }) => matches(title))
        .map(summary);
    });
    api.post("/v1/vaults/:vault/items", (request) => {
      const vault = writable(vaultOf(vaults, request), "create");
      const content = readItem(request.body, vault.traits.id, undefined);
      return vault.exclusively(conflict(), () => vault.add(content));
    });
    const one = "/v1/vaults/:vault/items/:item";
    api.get(one, (request) => vaultOf(vaults, request).get(itemIdOf(request)));
    api.put(one, (request) => {
      const vault = writable(vaultOf(vaults, request), "update");
      const old = vault.get(itemIdOf(request));
      const content = readItem(request.body, vault.traits.id, old.id);
      return vault.exclusively(conflict(), () => vault.replace(old, content));
    });
    api.delete(one, async (request, reply: FastifyReply) => {
      const vault = writable(vaultOf(vaults, request), "delete");
      const old = vault.get(itemIdOf(request));
      await vault.exclusively(deleteConflict(), () => {
        vault.remove(old);
      });
      return reply.code(204).send();
    });
  };
  void app.register((api, _options, done) => {
    serve(api, {
      admit: (request) =>
        tokenOf(request, "bearer") === options.token
          ? undefined
          : new ConnectError(401, "Invalid token signature"),
      // Connect answers a conflict here with 500, which is what the provider retries.
      deleteConflict: () => new ConnectError(500, "Something went wrong"),
    });
    done();
  });
  const account = new ServiceAccount();
  void app.register(
    (api, _options, done) => {
      serve(api, { admit: (request) => account.admit(request), deleteConflict: conflict });
      done();
    },
    { prefix: SERVICE_ACCOUNT_PREFIX },
  );

  const listening = await controls.listen(options.port ?? 0);
  return {
    ...listening,
    serviceAccountToken: account.tokenFor(listening.url),
    itemsOf: (vault) => named(vault).items(),
    add: (name, item) => {
      const vault = named(name);
      vault.add(plant(item, vault.traits.id));
    },
    forget: (name, title) => {
      const vault = named(name);
      for (const item of vault.items()) if (item.title === title) vault.remove(item);
    },
    delaySync: (milliseconds) => {
      for (const vault of vaults) vault.syncDelay = milliseconds;
    },
  };
}

/** Who is let in, and what differs between Connect and the way without it. */
interface Way {
  /** @returns why not */
  readonly admit: (request: FastifyRequest) => ConnectError | undefined;
  readonly deleteConflict: () => ConnectError;
}

function openVault({
  id = newId(),
  name,
  description = "",
  readOnly = false,
  inScope = true,
  items = [],
}: VaultOptions) {
  if (!isId(id)) throw new Error(`vault ${name}: ${id} is no id of 1Password: 26 characters of a–z and 2–7`);
  const vault = new Vault({ id, name, description, readOnly, inScope });
  for (const item of items) vault.add(plant(item, id));
  return vault;
}

/** The API's description takes more than ids are made of. */
const PATH_ID = /^[\da-z]{26}$/;

function vaultOf(vaults: readonly Vault[], request: FastifyRequest): Vault {
  const { vault: id } = request.params as { vault: string };
  if (!PATH_ID.test(id)) throw new ConnectError(400, "Invalid Vault UUID");
  const vault = vaults.find(({ traits }) => traits.id === id);
  // A token names its vaults by their ids: whether there is another one it is not told.
  if (!vault?.traits.inScope)
    throw new ConnectError(403, `Authorization: token does not have access to vault ${id}`);
  return vault;
}

function writable(vault: Vault, action: "create" | "update" | "delete"): Vault {
  const { id, readOnly } = vault.traits;
  if (readOnly)
    throw new ConnectError(
      403,
      `Authorization: token does not have permission to perform ${action} on vault ${id}`,
    );
  return vault;
}

function itemIdOf(request: FastifyRequest): string {
  const { item } = request.params as { item: string };
  if (!PATH_ID.test(item)) throw new ConnectError(400, "Invalid Item UUID");
  return item;
}

function filterOf(request: FastifyRequest): string | undefined {
  return (request.query as { filter?: string }).filter;
}

function conflict(): ConnectError {
  return new ConnectError(409, "Conflict: the vault is being written to");
}

/** Lists leave out what an item holds. */
function summary(item: Item): object {
  const { sections: _sections, fields: _fields, files: _files, ...rest } = item;
  return rest;
}
