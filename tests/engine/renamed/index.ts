import { AccessVerification } from "../../../components/access-verification";

new AccessVerification("access-proof", {
  registryUrl: "https://registry.example.org",
  zotVersion: "2.1.20",
  versionKnown: true,
  access: {
    admins: ["admins"],
    writers: ["artifact-workloads"],
    writableRepositories: ["blumeops/**"],
    anonymousPull: true,
  },
  holders: [{ name: "ci", username: "zot-ci", key: "not-a-key", groups: ["artifact-workloads"] }],
  scratchRepository: "blumeops/access-proof",
  metrics: true,
  keyId: "7b7c5ed4",
  after: ["the deploy"],
});
