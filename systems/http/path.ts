/** Why a text cannot be a segment of a path. */
export class PathError extends Error {
  override readonly name = "PathError";
}

/**
 * A path of these segments, each encoded. `.` and `..` have no encoded form: every URL parser resolves them
 * (https://url.spec.whatwg.org/#double-dot-path-segment), so such a name would reach another address.
 *
 * @throws PathError for a segment that is empty, `.` or `..`
 */
export function pathOf(...segments: readonly (string | number)[]): string {
  return segments
    .map((segment) => {
      const text = String(segment);
      if (isNoSegment(text))
        throw new PathError(
          `"${text}" cannot be a part of an address; use the name or id as the system shows it`,
        );
      return `/${encodeURIComponent(text)}`;
    })
    .join("");
}

/** Whether a name cannot be part of an address. */
export function isNoSegment(name: string): boolean {
  return name === "" || name === "." || name === "..";
}
