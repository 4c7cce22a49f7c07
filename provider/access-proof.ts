import { z } from "zod";
import { VERBS } from "../systems/zot/grants";
import { assertMatrix, runMatrix } from "../systems/zot/proof";
import { meaningOf } from "./proof-meaning";
import type { Handler } from "./handler";

const identity = z.strictObject({
  name: z.string().min(1),
  username: z.string().optional(),
  password: z.string().optional(),
  groups: z.array(z.string()),
});

const grant = z.strictObject({
  to: z.union([
    z.literal(["anonymous", "authenticated"]),
    z.strictObject({ groups: z.array(z.string()) }),
    z.strictObject({ users: z.array(z.string()) }),
  ]),
  may: z.array(z.enum(VERBS)),
  in: z.array(z.string()),
  except: z.array(z.string()).optional(),
  from: z.string(),
  pusher: z.string().optional(),
});

const inputs = z.strictObject({
  registryUrl: z.url(),
  zotVersion: z.string().min(1),
  access: z.strictObject({ grants: z.array(grant), caches: z.array(z.string()) }),
  /** Left out if zot serves no metrics. */
  metrics: z.strictObject({ anonymous: z.boolean(), users: z.array(z.string()) }).optional(),
  identities: z.array(identity).min(1),
  pushers: z.array(
    z.strictObject({
      name: z.string().min(1),
      groups: z.array(z.string()),
      /** Used only if no repository exists that it may push to. */
      scratchRepository: z.string().min(1),
    }),
  ),
  /**
   * Ids of the pushers' keys, in their order, separated by commas. A version that knew only one pusher had its key's
   * id here.
   */
  keyId: z.string(),
  /** The proof is repeated when this changes. */
  after: z.string(),
});
export type AccessProofInputs = z.output<typeof inputs>;

export interface AccessProofState extends AccessProofInputs {
  /** How many answers were as expected: all of them, otherwise there is no proof. */
  answers: number;
}

/** The access matrix, tested on the live registry. A wrong answer fails the update, so the next one tests again. */
export class AccessProofHandler implements Handler<AccessProofInputs, AccessProofState> {
  readonly schema = inputs;
  readonly secrets = ["identities.*.password"];

  diff(_id: string, old: AccessProofState, news: AccessProofInputs) {
    return Promise.resolve({ changes: meaningOf(old) !== meaningOf(news) });
  }

  async create(news: AccessProofInputs) {
    return { id: news.registryUrl, outputs: await prove(news) };
  }

  update(_id: string, _old: AccessProofState, news: AccessProofInputs) {
    return prove(news);
  }

  delete() {
    return Promise.resolve();
  }
}

async function prove(news: AccessProofInputs): Promise<AccessProofState> {
  const rows = await runMatrix(news);
  assertMatrix(rows);
  return { ...news, answers: rows.length };
}
