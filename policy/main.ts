import { PolicyPack } from "@pulumi/policy";
import { endWithParent } from "../provider/end-with-parent";
import { policies } from "./policies";
import { readOnce } from "./read-once";

endWithParent();
readOnce();
new PolicyPack("zot-access", { enforcementLevel: "mandatory", policies: policies(process.env) });
