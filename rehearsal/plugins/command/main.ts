import { runPlugin } from "../grpc/serve";
import { CommandPlugin } from "./plugin";

void runPlugin(new CommandPlugin());
