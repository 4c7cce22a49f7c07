import { readDirectory } from "../../systems/authentik/directory";
import { roleGroups } from "../../config/arguments";
import { accessOf } from "../../config/grants";
import type { StackAccess } from "../shared/stack";
import { askForVersion } from "../verify/checks/version";
import { differencesOf } from "./differences";
import { readKeys } from "./keys";
import { rightsOf } from "./rights";
import type { AuditReport, Question } from "./types";

const VERSION_TIMEOUT_MS = 4000;

/**
 * The current rights: the settings' grants, the members of the groups in Authentik, and the keys that zot lists.
 * Reads only.
 *
 * @throws PulumiError, OnePasswordError, FieldError, DirectoryError
 */
export async function audit(stack: StackAccess, question: Question, now: Date): Promise<AuditReport> {
  const { settings } = stack;
  const { access, authentik, pushers, registryUrl, zot } = settings;
  const [directory, seen, live] = await Promise.all([
    stack.secret(authentik.token).then((token) => readDirectory(authentik.url, token, authentik.slug)),
    readKeys(stack, now),
    askForVersion(registryUrl, VERSION_TIMEOUT_MS).catch(() => undefined),
  ]);
  const zotVersion = live?.version ?? zot.assumeVersion;
  const declared = {
    slug: authentik.slug,
    groups: roleGroups(access),
    pushers: Object.values(pushers).map(({ name, group }) => ({ name, group })),
  };
  return {
    stack: stack.stack,
    registryUrl,
    zotVersion,
    askedAt: now.toISOString(),
    question,
    rights: rightsOf(accessOf(settings), directory, question),
    superusers: directory.users.filter(({ isSuperuser }) => isSuperuser).map(({ username }) => username),
    keys: seen.keys,
    notSeen: seen.notSeen,
    differences: differencesOf(declared, directory, seen.keys),
  };
}
