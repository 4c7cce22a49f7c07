/** An answer other than success, thrown from wherever it is found out. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly body: object,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(`refused with ${status}`);
  }
}

/** @param allowed what the address takes, in the order in which Django REST framework names it */
export const refuseMethod = (method: string, allowed: readonly string[]): Refusal =>
  new Refusal(405, { detail: `Method "${method}" not allowed.` }, { allow: allowed.join(", ") });

export const refuse = (status: number, detail: string): Refusal => new Refusal(status, { detail });
