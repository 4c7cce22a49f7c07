export { LABEL as DEAD_KEY_LABEL } from "./dead-keys";
export { ALL_CLIENTS, DISTINCT_CLIENTS } from "./clients";
export { assertMatrix, MatrixError } from "./matrix-error";
export { ExpectationError } from "./expect";
export { MatrixSetupError, runMatrix } from "./matrix";
export type { MatrixArgs, MatrixIdentity, MatrixPusher, MatrixRow } from "./types";
