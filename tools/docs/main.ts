import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { settingsReference } from "./settings-reference";

writeFileSync(
  join(__dirname, "../../docs/settings.md"),
  settingsReference(join(__dirname, "../../config/schema.ts")),
);
