import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { settingsReference } from "../config/reference";

writeFileSync(join(__dirname, "settings.md"), settingsReference(join(__dirname, "../config/schema.ts")));
