import { z } from "zod";
import { assertMatrix, runMatrix } from "../systems/zot/proof";
import { changed, type Handler } from "./handler";

const identity = z.strictObject({
  name: z.string().min(1),
  username: z.string().optional(),
  password: z.string().optional(),
  groups: z.array(z.string()),
});

const inputs = z.strictObject({
  registryUrl: z.url(),
  zotVersion: z.string().min(1),
  access: z.strictObject({
    admins: z.array(z.string()),
    writers: z.array(z.string()),
    writableRepositories: z.array(z.string()),
    cacheRepositories: z.array(z.string()).optional(),
    anonymousPull: z.literal(true),
  }),
  identities: z.array(identity).min(1),
  /** Used only where no repository exists that CI may push to. */
  scratchRepository: z.string().min(1),
  /** Only where nobody may read /metrics without a login, or zot serves none; a state of before has no such input. */
  metrics: z.literal(false).optional(),
  /** Id of CI's key. */
  keyId: z.string().min(1),
  /** What the proof was made after; when it changes, the proof is made again. */
  after: z.string(),
});
export type AccessProofInputs = z.output<typeof inputs>;

export interface AccessProofState extends AccessProofInputs {
  /** How many answers were as expected: all of them, or there is no proof. */
  answers: number;
}

/** The access matrix against the live registry. A wrong answer fails the update, so that the next one asks again. */
export class AccessProofHandler implements Handler<AccessProofInputs, AccessProofState> {
  readonly schema = inputs;
  readonly secrets = ["identities.*.password"];

  diff(_id: string, old: AccessProofState, news: AccessProofInputs) {
    const { answers: _, ...before } = old;
    return Promise.resolve({ changes: changed<AccessProofInputs>(before, news).length > 0 });
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
  const rows = await runMatrix({ ...news, metrics: news.metrics ?? true });
  assertMatrix(rows);
  return { ...news, answers: rows.length };
}
