import { join } from "node:path";

/** What `node --require` is given to run this project's TypeScript, as package.json's scripts do. */
export const LOADER = join(__dirname, "../../tools/start/transpile.cjs");
