import type { ComparedSystem } from "../system";
import { AUTHENTIK_COMPARED } from "./authentik";
import { CONNECT_COMPARED } from "./connect";
import { FORGEJO_COMPARED } from "./forgejo";
import { ZOT_COMPARED } from "./zot";

/** Every system whose stand-in is held to the real one by a table. */
export const COMPARED: readonly ComparedSystem[] = [
  AUTHENTIK_COMPARED,
  FORGEJO_COMPARED,
  CONNECT_COMPARED,
  ZOT_COMPARED,
];
