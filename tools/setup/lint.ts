import { ESLint } from "eslint";
import ts from "typescript";

/** What both checks found, line by line; empty: all is well. The form in which this program prints it, as JSON. */
export interface Findings {
  readonly types: readonly string[];
  readonly eslint: readonly string[];
}

/*
 * The compiler's check and ESLint's in one process: the rules that ask for types take them from the program that was just
 * checked, where ESLint by itself would read and check all files once more (a third of the CPU time of both).
 */
async function main(): Promise<void> {
  const program = createProgram();
  const types = typeProblems(ts.getPreEmitDiagnostics(program));
  const findings: Findings = { types, eslint: await lint(program) };
  process.stdout.write(JSON.stringify(findings));
}

function createProgram(): ts.Program {
  const read = ts.getParsedCommandLineOfConfigFile("tsconfig.json", undefined, {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: (problem) => {
      throw new Error(typeProblems([problem]).join("\n"));
    },
  });
  if (!read) throw new Error("tsconfig.json cannot be read");
  const { fileNames, options, errors } = read;
  return ts.createProgram({
    rootNames: fileNames,
    options,
    configFileParsingDiagnostics: errors,
    // ESLint goes up from a node to its parents.
    host: ts.createCompilerHost(options, true),
  });
}

function typeProblems(diagnostics: readonly ts.Diagnostic[]): string[] {
  const host: ts.FormatDiagnosticsHost = {
    getCanonicalFileName: (file) => file,
    getCurrentDirectory: () => process.cwd(),
    getNewLine: () => "\n",
  };
  return lines(ts.formatDiagnostics(diagnostics, host));
}

async function lint(program: ts.Program): Promise<string[]> {
  const parserOptions = { projectService: false, programs: [program] };
  const eslint = new ESLint({ overrideConfig: { files: ["**/*.ts"], languageOptions: { parserOptions } } });
  const results = await eslint.lintFiles(["."]);
  if (results.every(({ errorCount, warningCount }) => errorCount + warningCount === 0)) return [];
  const formatter = await eslint.loadFormatter("stylish");
  return lines(await formatter.format(results));
}

function lines(text: string): string[] {
  return text.split("\n").filter((line) => line.trim() !== "");
}

void main();
