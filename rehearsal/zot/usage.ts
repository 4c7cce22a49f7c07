/** What zot prints for `zot` and `zot --help`; commands that the stand-in lacks are left out. */
export const ROOT_USAGE = `Usage:
  zot [flags]
  zot [command]

Available Commands:
  help           Help about any command
  serve          \`serve\` stores and distributes OCI images
  verify         \`verify\` validates a zot config file

Flags:
  -h, --help      help for zot
  -v, --version   show the version and exit

Use "zot [command] --help" for more information about a command.
`;

/** What zot prints after an error of \`serve\`. */
export const SERVE_USAGE = `Usage:
  zot serve <config> [flags]

Aliases:
  serve, serve

Flags:
      --force-reparse   force a full storage->metaDB reparse on startup, ignoring the fast-restart stamp
  -h, --help            help for serve
`;
