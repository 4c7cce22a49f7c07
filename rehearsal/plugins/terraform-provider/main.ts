import { runPlugin } from "../grpc/serve";
import { TerraformProviderPlugin } from "./plugin";

void runPlugin(new TerraformProviderPlugin());
