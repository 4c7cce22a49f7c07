interface Bundle {
  /** What asks for it. */
  readonly launcher: string;
  readonly main: string;
  readonly file: string;
}

/** All paths are from the project's root. */
export function bundleOf(bundle: Bundle): { readonly code: string };
