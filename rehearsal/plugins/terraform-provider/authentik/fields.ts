/** How one property of a resource travels to and from Authentik's REST API. */
export interface Field {
  /** Key in JSON where it is not the property's name in snake case. */
  readonly key?: string;
  /** What is sent where the program gives nothing, as the real provider does. */
  readonly unset: "zero" | "null" | "omit";
  readonly zero?: unknown;
  readonly default?: unknown;
  /** The service fills it in when it is left out. */
  readonly computed?: boolean;
  /** A text of JSON here, the value itself there. */
  readonly json?: boolean;
  /** Texts that the provider takes. */
  readonly oneOf?: readonly string[];
  /** A text such as `hours=1;minutes=2`. */
  readonly duration?: boolean;
  /** What the provider reads where the answer does not have it. */
  readonly absent?: unknown;
  /** The provider never reads it back, and so never sees that somebody changed it. */
  readonly unread?: boolean;
}

type Traits = Omit<Field, "unset" | "zero">;

export const text = (traits: Traits = {}): Field => ({ unset: "zero", zero: "", ...traits });
export const flag = (standard: boolean, traits: Traits = {}): Field => ({
  unset: "zero",
  zero: false,
  default: standard,
  ...traits,
});
export const count = (traits: Traits = {}): Field => ({ unset: "zero", zero: 0, ...traits });
export const list = (traits: Traits = {}): Field => ({ unset: "zero", zero: [], ...traits });
export const duration = (standard: string): Field => text({ default: standard, duration: true });
export const choice = (standard: string | undefined, ...oneOf: string[]): Field =>
  text({ oneOf, ...(standard !== undefined && { default: standard }) });
/** A reference or number that is sent as null when it is not given. */
export const nullable = (traits: Traits = {}): Field => ({ unset: "null", ...traits });
export const optional = (traits: Traits = {}): Field => ({ unset: "omit", ...traits });

/** `accessCodeValidity` → `access_code_validity` */
export function snakeCase(property: string): string {
  return property.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
