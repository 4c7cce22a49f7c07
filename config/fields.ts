import { z } from "zod";
import { IN_CLEAR, isSentInClear } from "../systems/http/loopback";
import { parseMount } from "../systems/host/container";
import { CONFIG_NAME } from "../systems/host/config-file";
import { KINDS } from "../systems/zot/config/consequences";
import { checkGlob, GlobError } from "../systems/zot/glob";
import { VERBS } from "../systems/zot/grants";
import {
  looksLikeOpReference,
  OpReferenceError,
  parseOpReference,
} from "../systems/onepassword/op-reference";
import { KEY_OF } from "./secret-name";

/** Facts of a problem from which the loader makes a message: what is wrong and how to fix it. */
export interface Advice {
  readonly problem: string;
  readonly fix: string;
}

export function advise(ctx: z.RefinementCtx, advice: Advice, path: PropertyKey[] = []): void {
  ctx.addIssue({ code: "custom", message: advice.problem, params: { fix: advice.fix }, path });
}

export const text = z.string().min(1);

/** An absolute http(s) URL without query or fragment; a trailing slash is dropped, so that paths can be appended. */
export const url = z.string().transform((value, ctx) => {
  const parsed = URL.canParse(value) ? new URL(value) : undefined;
  if (!parsed || !["http:", "https:"].includes(parsed.protocol)) {
    advise(ctx, { problem: "is not a URL with a scheme", fix: "write it as https://host[:port][/path]" });
    return z.NEVER;
  }
  if (parsed.search || parsed.hash || parsed.username || parsed.password) {
    advise(ctx, {
      problem: "has a query, a fragment or credentials",
      fix: "keep only scheme, host, port and path",
    });
    return z.NEVER;
  }
  return value.replace(/\/+$/, "");
});

/** A URL to which a token or a key is sent. */
export const tokenUrl = url.superRefine((value, ctx) => {
  if (isSentInClear(value)) advise(ctx, IN_CLEAR);
});

/**
 * A secret: an `op://` reference, resolved through 1Password, or a value that `pulumi config set --secret` encrypted.
 * The loader, which knows the keys, checks that a plain value came from an encrypted key.
 */
export const secret = z
  .string()
  .min(1)
  .transform((value, ctx) => {
    if (!looksLikeOpReference(value)) return { kind: "value" as const, value };
    try {
      return { kind: "reference" as const, reference: parseOpReference(value) };
    } catch (error) {
      if (!(error instanceof OpReferenceError)) throw error;
      advise(ctx, {
        problem: `is an op:// reference that ${error.message}`,
        fix: "write op://vault/item/field or op://vault/item/section/field",
      });
      return z.NEVER;
    }
  });
export type Secret = z.output<typeof secret>;

/** A secret that cannot be in 1Password because it opens 1Password: `pulumi config set --secret` only. */
export const encrypted = z
  .string()
  .min(1)
  .transform((value, ctx) => {
    if (!looksLikeOpReference(value)) return { kind: "value" as const, value };
    advise(ctx, {
      problem: "is an op:// reference, but this setting is needed to read references",
      fix: "set it with `pulumi config set --secret`, or remove it and use the OP_… environment variables",
    });
    return z.NEVER;
  });

/** A secret, or `key:NAME`: the key of that pusher. */
export const secretOrKey = z.union([
  z
    .string()
    .startsWith(KEY_OF)
    .transform((value) => ({ kind: "key" as const, pusher: value.slice(KEY_OF.length) })),
  secret,
]);
export type SecretOrKey = z.output<typeof secretOrKey>;

export const port = z.coerce.number().int().min(1).max(65535);

/** An absolute path on the registry host: sshd, launchd and zot expand `~` in different ways. */
export const hostPath = z
  .string()
  .regex(/^\//, "is not an absolute path")
  // Paths go into JSON, XML and unit files; none of these has to quote the remaining characters.
  .regex(/^[^"\\@\p{Cc}]*$/u, "has a quote, a backslash, an @ or a control character")
  .transform((path) => (path === "/" ? path : path.replace(/\/+$/, "")));

/** Kinds of changes of zot's config that are refused by default. */
export const dangerKind = z.enum(KINDS);

/** A right in a repository. */
export const verb = z.enum(VERBS);

/** A zot glob of repositories. */
export const glob = text.superRefine((value, ctx) => {
  try {
    checkGlob(value);
  } catch (error) {
    if (!(error instanceof GlobError)) throw error;
    advise(ctx, { problem: "is a glob that zot would read in another way", fix: error.message });
  }
});

/**
 * Name of an owner or a repository in Forgejo (its AlphaDashDotPattern). It becomes part of a URL, where `.` and `..` would change
 * the path.
 */
export const forgejoName = text.superRefine((name, ctx) => {
  if (/^[-.\w]+$/.test(name) && !/^\.+$/.test(name)) return;
  advise(ctx, {
    problem: "is not a name in Forgejo",
    fix: "write the owner or the repository as in the URL of its page: letters, digits, -, _ and .",
  });
});

const PUBLIC_KEY = /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]+={0,3}( [^\r\n]*)?$/;

/** One line `ssh-ed25519 AAAA…`; surrounding blanks and line feeds, as from a YAML block, are ignored. */
/** A name or address as SSH connects to it. `~/.ssh/config` has other forms, and a deploy would fail after other systems were changed. */
export const sshAddress = text.superRefine((value, ctx) => {
  if (value.includes(",")) {
    advise(ctx, {
      problem: "is more than one host",
      fix: "write one: for several jump hosts, run `ssh -N -L 2222:HOST:22 -J FIRST,SECOND`, and set host.address to 127.0.0.1 and host.port to 2222",
    });
  } else if (/[\s@/[\]]|^[^:]*:\d*$/.test(value)) {
    advise(ctx, {
      problem: "is not a name or an address",
      fix: "write `host.example.org`, `192.0.2.1` or `2001:db8::1`, and the user and the port in `user` and `port` beside it",
    });
  }
});

export const sshPublicKey = z.string().transform((value, ctx) => {
  const key = value.trim();
  if (PUBLIC_KEY.test(key)) return key;
  const named = PUBLIC_KEY.test(key.replace(/^(@\S+ )?\S+ /, ""));
  const several = key.includes("\n");
  advise(ctx, {
    problem: named
      ? "begins with the host's name"
      : several
        ? "is more than one line"
        : "is not an OpenSSH public key",
    fix: "write the one line `ssh-ed25519 AAAA…` that `ssh-keyscan -t ed25519 HOST` prints, without the name in front",
  });
  return z.NEVER;
});

/** A mount of a container. Paths have to be plain, like those of the host. */
export const mountText = z
  .string()
  .regex(/^[^"\\@\p{Cc}]*$/u, "has a quote, a backslash, an @ or a control character")
  .refine(
    (value) => parseMount(value) !== undefined,
    "is not /host/path:/container/path, with options after another colon",
  );

/** Name of zot's config; its extension decides the format. */
export const configFileName = z
  .string()
  .regex(CONFIG_NAME, "is not the name of a file (letters, digits, dots and dashes, no folder)")
  .regex(/^[^.]+$|\.(json|ya?ml)$/, "does not end in .json, .yaml or .yml");

const TRIMMED = /^(\S(.*\S)?)?$/su;
const BLANK = "begins or ends with a blank, which Authentik removes";
/** No control characters, none that are not shown, and no halves of characters. */
const VISIBLE = /^\P{C}*$/u;
const INVISIBLE = "has a character that cannot be seen";

/** Name of a group in Authentik, which zot compares to the letter. */
export const groupName = text.regex(TRIMMED, BLANK).regex(VISIBLE, INVISIBLE);

/** Name by which somebody logs in to zot. */
export const loginName = text
  .regex(TRIMMED, BLANK)
  // In HTTP's basic authentication the name ends at the first colon (RFC 7617, section 2).
  .regex(/^[^:]*$/, "has a colon, so that a login with a key is impossible")
  .regex(VISIBLE, INVISIBLE);

/** Authentik's limit (Django's AbstractUser.username). */
const LONGEST_USER = 150;

/** Name of an Authentik user who logs in to zot with a key. */
export const userName = loginName.refine(
  (name) => name.length <= LONGEST_USER,
  `has more than ${LONGEST_USER} characters, which is the most that Authentik takes`,
);

/** A whole number of days. */
export const days = z.coerce.number().int().min(1);

/** A whole number of hours. */
export const hours = z.coerce.number().int().min(1);

/** A whole number of minutes. */
export const minutes = z.coerce.number().int().min(1);

const DNS_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";

/** Name of a Kubernetes namespace: a DNS label (RFC 1123). */
export const namespaceName = z
  .string()
  .max(63)
  .regex(new RegExp(`^${DNS_LABEL}$`), "is not a namespace (a-z, 0-9 and -, neither first nor last a -)");

/** Name of a Kubernetes object such as a Secret: a DNS subdomain (RFC 1123). */
export const objectName = z
  .string()
  .max(253)
  .regex(
    new RegExp(`^${DNS_LABEL}(\\.${DNS_LABEL})*$`),
    "is not a valid name in Kubernetes (a-z, 0-9, - and ., with a letter or digit at each end)",
  );
