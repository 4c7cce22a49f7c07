/** An answer other than the one that was asked for. */
export class Refusal extends Error {
  override readonly name = "Refusal";

  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** The way to what was renamed since; RedirectToRepo in Forgejo's services/context/repo.go. */
export class Moved extends Error {
  override readonly name = "Moved";

  constructor(readonly to: string) {
    super(to);
  }
}

export function notFound(): Refusal {
  return new Refusal(404, "The target couldn't be found.");
}
