interface Bundle {
  /** What asks for it. */
  readonly launcher: string;
  /** The text that the bundle starts with, which requires files. */
  readonly entry: string;
  readonly file: string;
}

/** All paths are from the project's root. */
export function bundleOf(bundle: Bundle): { readonly code: string };
