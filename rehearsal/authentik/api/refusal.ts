/** An answer other than success, thrown from wherever it is found out. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly body: object,
  ) {
    super(`refused with ${status}`);
  }
}

/** Where the real one fails over a write that it does not foresee. */
export class Crash extends Error {}

export const refuseMethod = (method: string): Refusal => refuse(405, `Method "${method}" not allowed.`);

export const refuse = (status: number, detail: string): Refusal => new Refusal(status, { detail });
