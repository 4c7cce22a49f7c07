/*
 * The flags of Pulumi's commands that run the program (up, preview, refresh, destroy, watch), including hidden ones,
 * and the CLI's environment variables. tests/systems/pulumi/cli-flags.test.ts compares both with the CLI's own lists.
 */

/** Why a flag or variable is refused. */
export type FlagKind =
  /** Writes, prints or sends values in clear. */
  | "values"
  /** Prints events with their values, but for a preview, whose digest masks secrets. */
  | "events"
  /** The engine's log, which can be cut where it goes to standard error. */
  | "log"
  /** Prints secrets because that was asked for on the command line; in the environment nobody asked for it now. */
  | "asked";

/** Measured with 3.250.0. */
export const REVEALING_FLAGS: Readonly<Record<string, FlagKind>> = {
  /** Everybody who reaches the debugger's port can read everything and run code as the operator. */
  "attach-debugger": "values",
  /** Sends the configuration in clear to a language host on another machine. */
  client: "values",
  debug: "values",
  "event-log": "values",
  json: "events",
  logflow: "values",
  logtostderr: "log",
  "otel-traces": "values",
  "show-secrets": "asked",
  tracing: "values",
  verbose: "log",
};

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

export const QUIET_FLAGS = words(`
  clear-pending-creates color config config-file config-path continue-on-error copilot cwd diff disable-integrity-checking emoji
  exclude exclude-dependents exclude-protected exec-agent exec-kind expect-no-changes fully-qualify-stack-names help import-file
  import-pending-creates memprofilerate message neo neo-task-on-failure non-interactive output parallel path plan policy-pack
  policy-pack-config preview-only profiling refresh remote remote-agent-pool-id remote-env remote-env-secret remote-executor-image
  remote-executor-image-password remote-executor-image-username remote-git-auth-access-token remote-git-auth-password
  remote-git-auth-ssh-private-key remote-git-auth-ssh-private-key-path remote-git-auth-username remote-git-branch remote-git-commit
  remote-git-repo-dir remote-inherit-settings remote-pre-run-command remote-skip-install-dependencies remove replace run-program
  save-plan secrets-provider show-config show-full-output show-policy-remediations show-reads show-replacement-steps show-sames
  skip-config-validation skip-pending-creates skip-plugin-pre-install skip-preview stack strict suppress-outputs suppress-permalink
  suppress-progress suppress-stream-logs target target-dependents target-replace tracing-header urns yes
`);

/** Flags with a value in the next argument, unless it is after a `=`. */
export const WITH_VALUE = words(`
  client color config config-file cwd event-log exclude exec-agent exec-kind import-file import-pending-creates memprofilerate message
  otel-traces output parallel path plan policy-pack policy-pack-config profiling remote-agent-pool-id remote-env remote-env-secret
  remote-executor-image remote-executor-image-password remote-executor-image-username remote-git-auth-access-token
  remote-git-auth-password remote-git-auth-ssh-private-key remote-git-auth-ssh-private-key-path remote-git-auth-username
  remote-git-branch remote-git-commit remote-git-repo-dir remote-pre-run-command replace save-plan secrets-provider stack target
  target-replace tracing tracing-header verbose
`);

/** The refused flags that are switches: for others `false` is a file name, an address or an unknown level. */
export const REVEALING_SWITCHES = words("debug json logflow logtostderr show-secrets");
export const REVEALING_SWITCH_VARIABLES = words("PULUMI_ENABLE_STREAMING_JSON_PREVIEW");

/** One-letter flags. */
export const SHORT_FLAGS: Readonly<Record<string, string>> = {
  C: "cwd",
  Q: "fully-qualify-stack-names",
  c: "config",
  d: "debug",
  e: "emoji",
  f: "skip-preview",
  h: "help",
  j: "json",
  m: "message",
  p: "parallel",
  r: "refresh",
  s: "stack",
  t: "target",
  v: "verbose",
  x: "exclude",
  y: "yes",
};

/** Variables that make the CLI, its plugins or its programs store, print or send values in clear. */
export const REVEALING_VARIABLES = words(`
  PULUMI_DEBUG_GRPC PULUMI_DEBUG_LANGUAGES PULUMI_DEBUG_PROVIDERS PULUMI_ENABLE_STREAMING_JSON_PREVIEW PULUMI_LOG_OTLP_ENDPOINT
  PULUMI_OTEL_EXPORTER_OTLP_ENDPOINT
`);

/** Variables that the CLI sets for its children, to its own ports. */
export const SET_BY_CLI = words("PULUMI_LOG_OTLP_ENDPOINT PULUMI_OTEL_EXPORTER_OTLP_ENDPOINT");

export const QUIET_VARIABLES = words(`
  PULUMI_ACCESS_TOKEN PULUMI_AGENT_MODEL PULUMI_AI_SERVICE_ENDPOINT PULUMI_API PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK
  PULUMI_BACKEND_URL PULUMI_CI_BRANCH_NAME PULUMI_CI_BUILD_ID PULUMI_CI_BUILD_NUMBER PULUMI_CI_BUILD_TYPE PULUMI_CI_BUILD_URL
  PULUMI_CI_PULL_REQUEST_SHA PULUMI_CI_SYSTEM PULUMI_CLOUD_SECRET_OVERRIDE PULUMI_COMMIT_MESSAGE PULUMI_CONFIG
  PULUMI_CONFIG_PASSPHRASE PULUMI_CONFIG_PASSPHRASE_FILE PULUMI_CONFIG_SECRET_KEYS PULUMI_CONSOLE_DOMAIN PULUMI_CONTINUE_ON_ERROR
  PULUMI_COPILOT PULUMI_CREDENTIALS_PATH PULUMI_DEBUG_COMMANDS PULUMI_DEBUG_PROMISE_LEAKS PULUMI_DEV
  PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION PULUMI_DISABLE_CI_DETECTION PULUMI_DISABLE_JOURNALING PULUMI_DISABLE_OUTPUT_VALUES
  PULUMI_DISABLE_PROVIDER_PREVIEW PULUMI_DISABLE_REFRESH_BEFORE_UPDATE PULUMI_DISABLE_REGISTRY_RESOLVE
  PULUMI_DISABLE_RESOURCE_REFERENCES PULUMI_DISABLE_SECRET_CACHE PULUMI_DISABLE_VALIDATION
  PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS PULUMI_DIY_BACKEND_GZIP PULUMI_DIY_BACKEND_IGNORE_DEPRECATION_WARNING
  PULUMI_DIY_BACKEND_LEGACY_LAYOUT PULUMI_DIY_BACKEND_NO_LEGACY_WARNING PULUMI_DIY_BACKEND_PARALLEL
  PULUMI_DIY_BACKEND_RETAIN_CHECKPOINTS PULUMI_DIY_BACKEND_ZSTD PULUMI_DRY_RUN PULUMI_ENABLE_LEGACY_DIFF
  PULUMI_ENABLE_LEGACY_PLUGIN_SEARCH PULUMI_ENABLE_LEGACY_REFRESH_DIFF PULUMI_EPHEMERAL_AGENT_ACCOUNT
  PULUMI_ERROR_ON_DEPENDENCY_CYCLES PULUMI_ERROR_OUTPUT_STRING PULUMI_EXPERIMENTAL PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER
  PULUMI_GITSSH_PASSPHRASE PULUMI_GIT_AUTHOR PULUMI_GIT_AUTHOR_EMAIL PULUMI_GIT_COMMITTER PULUMI_GIT_COMMITTER_EMAIL
  PULUMI_GIT_COMMIT_MESSAGE PULUMI_GIT_HEAD PULUMI_GIT_HEAD_NAME PULUMI_GOROUTINE_PANIC_RECOVERY PULUMI_HOME
  PULUMI_IGNORE_AMBIENT_PLUGINS PULUMI_JOURNALING_BATCH_PERIOD PULUMI_JOURNALING_BATCH_SIZE PULUMI_LANGUAGE_NODEJS_RUN_PATH
  PULUMI_LEGACY_PROVIDER_PREVIEW PULUMI_LOG_ROTATION_MAX_AGE_DAYS PULUMI_LOG_ROTATION_MAX_TOTAL_MB PULUMI_NEO
  PULUMI_NEO_SUMMARY_MAXLEN PULUMI_NEO_SUMMARY_MODEL PULUMI_NODEJS_DRY_RUN PULUMI_NODEJS_ORGANIZATION PULUMI_NODEJS_PROJECT
  PULUMI_NODEJS_STACK PULUMI_NODEJS_TSCONFIG_PATH PULUMI_NODEJS_TYPESCRIPT PULUMI_OPTIMIZED_CHECKPOINT_PATCH PULUMI_ORGANIZATION
  PULUMI_PACKAGE_TEMPLATE_BRANCH PULUMI_PACKAGE_TEMPLATE_GIT_REPOSITORY PULUMI_PACKAGE_TEMPLATE_PATH PULUMI_PARALLEL
  PULUMI_PARALLEL_ANALYZE PULUMI_PARALLEL_DIFF PULUMI_PLUGIN_DOWNLOAD_URL_OVERRIDES PULUMI_POLICY_TEMPLATE_BRANCH
  PULUMI_POLICY_TEMPLATE_GIT_REPOSITORY PULUMI_POLICY_TEMPLATE_PATH PULUMI_PREFER_YARN PULUMI_PROJECT PULUMI_PR_NUMBER
  PULUMI_PYTHON_CMD PULUMI_RPC_TARGET PULUMI_RUNTIME_BITBUCKET_TOKEN PULUMI_RUN_PROGRAM PULUMI_SKIP_CHECKPOINTS
  PULUMI_SKIP_CONFIRMATIONS PULUMI_SKIP_UPDATE_CHECK PULUMI_STACK PULUMI_SUPPRESS_NEO_LINK PULUMI_TEMPLATE_BRANCH
  PULUMI_TEMPLATE_GIT_REPOSITORY PULUMI_TEMPLATE_PATH PULUMI_TEST_AGENT_PULUMI_DIR PULUMI_TEST_INTERACTIVE PULUMI_TEST_PASSPHRASE
  PULUMI_TRACING_HEADER PULUMI_TRACING_MEMSTATS_POLL_INTERVAL PULUMI_TRACING_NO_PAYLOADS PULUMI_VCS_REPO_KIND
  PULUMI_VCS_REPO_NAME PULUMI_VCS_REPO_OWNER PULUMI_VCS_REPO_ROOT
`);
