import { readDirectory } from "../../systems/authentik/directory";
import { accessTiers } from "../../config/arguments";
import type { StackAccess } from "../shared/stack";
import { askForVersion } from "../verify/checks/version";
import { accessControl } from "../../systems/zot/access";
import { differencesOf } from "./differences";
import { readKeys } from "./keys";
import { rightsOf } from "./rights";
import type { AuditReport, Question } from "./types";

const VERSION_TIMEOUT_MS = 4000;

/**
 * Who may do what now: the settings' access control, with the people that Authentik has in its groups, and the keys that
 * zot lists. Reads only.
 *
 * @throws PulumiError, OnePasswordError, FieldError, DirectoryError
 */
export async function audit(stack: StackAccess, question: Question, now: Date): Promise<AuditReport> {
  const { settings } = stack;
  const { access, authentik, ciCredential, registryUrl, zot } = settings;
  const [directory, seen, live] = await Promise.all([
    stack.secret(authentik.token).then((token) => readDirectory(authentik.url, token, authentik.slug)),
    readKeys(stack, now),
    askForVersion(registryUrl, VERSION_TIMEOUT_MS).catch(() => undefined),
  ]);
  const zotVersion = live?.version ?? zot.assumeVersion;
  const tiers = accessTiers(settings);
  const declared = {
    slug: authentik.slug,
    admins: access.admins,
    writers: access.writers,
    readers: access.readers,
    ciUsername: ciCredential.username,
  };
  return {
    stack: stack.stack,
    registryUrl,
    zotVersion,
    askedAt: now.toISOString(),
    question,
    rights: rightsOf(accessControl(tiers, zotVersion), tiers, directory, question),
    superusers: directory.users.filter(({ isSuperuser }) => isSuperuser).map(({ username }) => username),
    keys: seen.keys,
    notSeen: seen.notSeen,
    differences: differencesOf(declared, directory, seen.keys),
  };
}
