/**
 * Reports something that is neither a change nor an error; the engine shows it under the resource, also in a preview.
 * Settles when the engine has it, so that no message comes after its resource is done. Never a secret.
 */
export type LogMessage = (severity: "info" | "warning", message: string) => Promise<void>;
