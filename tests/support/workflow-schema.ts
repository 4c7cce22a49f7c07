import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { buildSync } from "esbuild";

/** GitHub's own parser, whose schema Forgejo's runner follows; bundled, since jest loads no ES modules. */
const PARSER = `
  import { NoOperationTraceWriter, parseWorkflow } from "@actions/workflow-parser";
  const content = process.env.WORKFLOW;
  const { context } = parseWorkflow({ name: "workflow.yaml", content }, new NoOperationTraceWriter());
  console.log(JSON.stringify(context.errors.getErrors().map(({ message }) => message)));`;
let parser: string | undefined;

/** What is wrong with the text of a workflow. */
export function schemaErrors(text: string): string[] {
  parser ??= buildSync({
    stdin: { contents: PARSER, resolveDir: resolve(__dirname, "../..") },
    bundle: true,
    platform: "node",
    write: false,
  }).outputFiles[0]?.text;
  const printed = execFileSync(process.execPath, ["-"], { input: parser ?? "", env: { WORKFLOW: text } });
  return JSON.parse(printed.toString()) as string[];
}
