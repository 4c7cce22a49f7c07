import { AccessVerification } from "../../../components/access-verification";
import { homelabAccess } from "../../support/access";

new AccessVerification("access-proof", {
  registryUrl: "https://registry.example.org",
  zotVersion: "2.1.20",
  versionKnown: true,
  access: homelabAccess(),
  metrics: { anonymous: true, users: [] },
  pushers: [{ name: "zot-ci", groups: ["artifact-workloads"], scratchRepository: "blumeops/access-proof" }],
  holders: [{ name: "zot-ci", username: "zot-ci", key: "not-a-key", groups: ["artifact-workloads"] }],
  keyIds: ["7b7c5ed4"],
  after: ["the deploy"],
});
