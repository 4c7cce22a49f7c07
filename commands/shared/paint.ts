const CODES = { green: 32, red: 31, yellow: 33, dim: 2 } as const;

export type Color = keyof typeof CODES;
export type Paint = (color: Color, text: string) => string;

export function painter(color: boolean): Paint {
  return (name, text) => (color ? `\u001b[${CODES[name]}m${text}\u001b[0m` : text);
}

/** Colour is for terminals, unless the user opted out (https://no-color.org). */
export function wantsColor(stream: { isTTY?: boolean }, environment: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && !environment["NO_COLOR"] && environment["TERM"] !== "dumb";
}
