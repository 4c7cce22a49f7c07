/**
 * Where the browser may go after its login (ValidateCallbackUI in zot's pkg/api/authn.go): a path of this registry, or an
 * origin that the config allows. Anything else becomes `/`.
 */
export function safeCallback(target: string, allowedOrigins: string[]): string {
  if (target === "") return "";
  if (/[\r\n\\]|%5c/i.test(target) || target.startsWith("//")) return "/";
  if (target.startsWith("/")) return target;
  const origin = originOf(target);
  return origin !== undefined && allowedOrigins.some((each) => originOf(each) === origin) ? target : "/";
}

function originOf(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, origin } = new URL(text);
  return protocol === "http:" || protocol === "https:" ? origin : undefined;
}
