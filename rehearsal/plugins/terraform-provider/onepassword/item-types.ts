/** What the provider sends to Connect and reads from it. */
export interface Field {
  readonly id: string;
  readonly type: string;
  readonly label?: string;
  readonly value?: string;
  readonly purpose?: string;
  readonly section?: { readonly id: string; readonly label?: string };
  readonly generate?: boolean;
  readonly recipe?: { readonly length: number; readonly characterSets: readonly string[] };
}

export interface Item {
  readonly id: string;
  readonly title: string;
  readonly vault: { readonly id: string };
  readonly category: string;
  readonly version?: number;
  readonly tags?: readonly string[];
  readonly urls?: readonly { readonly href: string; readonly primary?: boolean }[];
  readonly sections?: readonly { readonly id: string; readonly label?: string }[];
  readonly fields?: readonly Field[];
}
