/** What ends a Go program with exit code 2 and a stack on standard error. */
export class Panic extends Error {
  override readonly name = "Panic";

  /** The text that Go prints; whoever reads it looks for `panic:` and `goroutine 1 [running]`. */
  get report(): string {
    return `panic: ${this.message}\n\ngoroutine 1 [running]:\nmain.main()\n\t(stand-in of zot)\n`;
  }
}
