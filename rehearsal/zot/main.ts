/**
 * A stand-in of the binaries of zot 2.1.15 to 2.1.20 (which of them: version.ts), for rehearsals without the real one. It is meant to be as strict as zot: the same
 * suite (tests/rehearsal/zot) passes on both, with ZOT_BINARY for the real one.
 *
 * What it does: `serve`, `verify`, `--version`; the OCI distribution API over an OCI layout on disk; login by OpenID,
 * htpasswd (read once, at the start), sessions, API keys; storage.subPaths; buckets of S3, GCS and Azure as folders in the home
 * of its user; LDAP whose directory never answers, which refuses whoever logs in by it, as zot does; accessControl by the product's own decide(); /metrics; reload on an in-place write.
 *
 * What it does not do, and does not pretend to:
 * - pull-through (extensions.sync): the settings are read and checked, nothing is fetched
 * - search, UI, user preferences, extension discovery, image trust, lint, events, quotas: as in a zot built without them
 * - configs in TOML; the checks of LDAP settings, conditions and sync credential helpers in `verify`
 * - several ranges of a blob in one request; the HTTP timeouts of the config
 * - scrub, garbage collection, retention, schema, verify-feature
 * - mTLS, bearer tokens, GitHub; other storage drivers
 * - conditions (CEL) in policies, rate limits, clusters
 * - globs that decide() does not know (see systems/zot/glob.ts)
 * `serve` refuses a config that needs one of the last three lines, and says so, where zot would start; `verify` does not.
 * The folder it writes is not one that a real zot can take over: users and keys are kept in another format.
 */
import { run } from "./cli";

void run(process.argv.slice(2)).then((code) => {
  if (code !== undefined) process.exit(code);
});
