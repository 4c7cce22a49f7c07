export { assertMatrix, formatMatrix, MatrixError } from "./format";
export { ExpectationError } from "./expect";
export { MatrixSetupError, runMatrix } from "./matrix";
export type { MatrixArgs, MatrixIdentity, MatrixRow } from "./types";
