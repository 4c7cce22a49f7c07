import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { shellQuote } from "../../../../systems/host/shell";
import { bundleOf } from "../../../../tools/start/bundle.cjs";

/** Ways in which zot can be broken without its own doing; the name of one in the file `fault` beside the binary is obeyed. */
export type ZotFault =
  | "none"
  | "refuses-to-verify"
  | "dies-at-start"
  /** Only with a config that has a login, as where zot cannot reach its issuer. */
  | "dies-with-login"
  | "never-listens"
  | "answers-500"
  /** The same, but only where the launcher starts it: a trial beside the running zot does not show it. */
  | "dies-in-the-launcher"
  | "hangs-in-verify"
  | "hangs-in-version";

export interface ZotBinary {
  path: string;
  /** Where `of` is given, only with a config that holds that text. */
  fault(name: ZotFault, of?: string): void;
  /** Another version from now on, as if a new binary had been put there; the process that runs keeps its own. */
  version(version: string): void;
}

const PROJECT = resolve(__dirname, "../../../..");
const BUNDLES = "node_modules/.cache/zot-access-bundles";

/**
 * The rehearsal's zot as one file of JavaScript, which starts five times as fast; or `ZOT_BINARY`. It is bundled once for all hosts of all
 * tests, and lies in a folder that also the users reach as whom some of them run it. Its bytecode is for those who reach that of all hosts.
 */
function executable(folder: string): string {
  const real = process.env["ZOT_BINARY"];
  if (real !== undefined) return `"${real}"`;
  const { code } = bundleOf({
    launcher: "tests/systems/host/support/zot-binary.ts",
    entry: 'require("./rehearsal/zot/main.ts");',
    file: `${BUNDLES}/zot.js`,
  });
  writeFileSync(join(folder, "zot.js"), code);
  for (const file of ["rehearsal/zot/start.cjs", "tools/start/kept-code.cjs"])
    copyFileSync(join(PROJECT, file), join(folder, basename(file)));
  const words = [
    process.execPath,
    ...["start.cjs", "kept-code.cjs", "zot.js"].map((name) => join(folder, name)),
    join(PROJECT, BUNDLES, "zot.cache"),
  ];
  return words.map(shellQuote).join(" ");
}

const BROKEN = `
const [, , port, answer] = process.argv;
require("node:http").createServer((_, response) => { response.statusCode = Number(answer); response.end(); }).listen(Number(port), "127.0.0.1");
`;

/** A zot that can be broken on demand, in a folder of its own. */
export function zotBinary(folder: string): ZotBinary {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, "zot");
  writeFileSync(join(folder, "broken.js"), BROKEN);
  const zot = executable(folder);
  writeFileSync(
    path,
    `#!/bin/sh
folder=${dirname(path)}
read -r fault <"$folder/fault"
case $1/$fault in
verify/refuses-to-verify) echo '{"level":"error","message":"this zot refuses everything"}'; exit 1 ;;
verify/hangs-in-verify | --version/hangs-in-version) exec sleep 600 ;;
serve/dies-with-login) ! grep -q 'openid"\\{0,1\\}:' "$2" || exit 2 ;;
serve/dies-at-start) echo '{"level":"error","message":"this zot dies"}'; exit 2 ;;
serve/dies-in-the-launcher) of=$(cat "$folder/of") && case $2 in */sets/*/live.* | */run/fallback.*) ! grep -q "$of" "$2" || exit 2 ;; esac ;;
serve/never-listens) exec sleep 600 ;;
serve/answers-500) port=$(sed -n 's/.*port"\\{0,1\\}: *"\\{0,1\\}\\([0-9]*\\).*/\\1/p' "$2") && exec ${process.execPath} "$folder/broken.js" "$port" 500 ;;
esac
if [ "$1" = --version ] && read -r version <"$folder/version"; then
  echo "{\\"level\\":\\"info\\",\\"message\\":\\"version\\",\\"commit\\":\\"v$version\\"}"
  exit 0
fi
exec ${zot} "$@"
`,
  );
  chmodSync(path, 0o755);
  const fault = (name: ZotFault, of = "") => {
    writeFileSync(join(folder, "of"), of);
    writeFileSync(join(folder, "fault"), `${name}\n`);
  };
  const version = (name: string) => writeFileSync(join(folder, "version"), name === "" ? "" : `${name}\n`);
  fault("none");
  // What the stand-in would answer, without the start of another Node.
  version(process.env["ZOT_BINARY"] === undefined ? "2.1.20" : "");
  return { path, fault, version };
}
