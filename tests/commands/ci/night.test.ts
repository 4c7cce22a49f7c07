import { driftIn, unaskedIn } from "../../../commands/ci/night";
import type { PlannedStep } from "../../../systems/pulumi/plan";
import { UNKNOWN } from "../../../systems/pulumi/values";
import {
  CLUSTER_SECRET,
  CONFIG,
  HISTORY,
  ITEM,
  KEY,
  KEY_SECRET,
  NOTE,
  PROOF,
  RETIRED,
  TOKEN_SECRET,
} from "./support/fake-stack";

/*
 * What a night takes for the calendar's work, step by step: each of the two judgements by itself, since the one that comes first hides
 * what the other lets through.
 */
const [OLD, NEW] = ["key-0", "key-1"];
const state = (urn: string, values: object, id?: string) => ({
  type: urn.split("::")[2]?.split("$").at(-1) ?? "",
  custom: true,
  inputs: { ...values },
  ...(id !== undefined && { id }),
});
const update = (urn: string, before: object, after: object): PlannedStep => ({
  op: "update",
  urn,
  oldState: state(urn, before),
  newState: state(urn, after),
});
/** As a provider tells it that says what differs. */
const detailed = (urn: string, ...paths: string[]): PlannedStep => ({
  op: "update",
  urn,
  detailedDiff: Object.fromEntries(paths.map((path) => [path, { kind: "update" }])),
});
const replaced = (...replaceReasons: string[]): PlannedStep => ({ op: "replace", urn: KEY, replaceReasons });
const annotated = (key: string) => ({ metadata: { annotations: { "zot-access/key-id": key } } });
const clusterStep = (before: string, after: string, ...paths: string[]): PlannedStep => ({
  ...update(CLUSTER_SECRET, annotated(before), annotated(after)),
  ...detailed(CLUSTER_SECRET, ...paths),
});
const secret = (values: object) => ({ name: "ZOT_CI_API_KEY", value: "[secret]", ...values });
const urns = (steps: readonly PlannedStep[]) => steps.map(({ urn }) => urn);

describe("of a deploy with a due key", () => {
  const renewal: readonly PlannedStep[] = [
    detailed(NOTE, 'sectionMap["renewal"].fieldMap'),
    replaced("expiresAt"),
    update(HISTORY, { uuid: OLD, expiresAt: "before" }, { uuid: UNKNOWN, expiresAt: UNKNOWN }),
    detailed(ITEM, "password", "sectionMap.key"),
    update(KEY_SECRET, secret({ keyId: OLD }), secret({ keyId: UNKNOWN, value: UNKNOWN })),
    update(PROOF, { keyId: OLD }, { keyId: UNKNOWN }),
    clusterStep(OLD, UNKNOWN, "data", "metadata.annotations"),
    update(RETIRED, { uuid: OLD }, { uuid: UNKNOWN }),
  ];

  test("all changes of a renewal are expected, and so is the revocation of a former key", () => {
    expect(unaskedIn(renewal)).toEqual([]);
    expect(unaskedIn([update(RETIRED, { uuid: NEW }, { uuid: NEW })])).toEqual([]);
  });

  test.each<[string, PlannedStep]>([
    ["a key that is dead", replaced("key")],
    ["a key for other groups as well", replaced("expiresAt", "groups")],
    ["a key that is replaced for no reason that is told", replaced()],
    ["a key that is gone", { op: "create", urn: KEY, replaceReasons: ["expiresAt"] }],
    ["a key that is given up", { op: "delete", urn: KEY, replaceReasons: ["expiresAt"] }],
    ["the config", update(CONFIG, { create: "a" }, { create: "b" })],
    ["a secret that is missing", { ...update(KEY_SECRET, {}, secret({ keyId: UNKNOWN })), op: "create" }],
    ["an item that is made anew", { ...detailed(ITEM, "password", "sectionMap"), op: "replace" }],
    ["a secret that goes", { op: "delete", urn: KEY_SECRET }],
    [
      "the key's secret under another name",
      update(KEY_SECRET, secret({ keyId: OLD }), { ...secret({ keyId: UNKNOWN }), name: "OTHER" }),
    ],
    [
      "another value in the key's secret, of the same key",
      update(KEY_SECRET, secret({ keyId: NEW }), secret({ keyId: NEW, value: "other" })),
    ],
    ["another secret's value", update(TOKEN_SECRET, { value: "one" }, { value: "other" })],
    ["the note's text", detailed(NOTE, "noteValue", "sectionMap")],
    ["another field of the item", detailed(ITEM, "password", "url")],
    [
      "what is proven beside the key",
      update(PROOF, { keyId: OLD, after: "a" }, { keyId: UNKNOWN, after: "b" }),
    ],
    ["another type of the Secret", clusterStep(OLD, UNKNOWN, "data", "metadata", "type")],
    ["data of the Secret, with the key that it has", clusterStep(NEW, NEW, "data")],
    ["what has a holder's name elsewhere", detailed(ITEM.replace("CiCredential", "Other"), "password")],
  ])("%s is not", (_name, step) => {
    expect(urns(unaskedIn([...renewal.filter(({ urn }) => urn !== step.urn), step]))).toEqual([step.urn]);
  });
});

describe("with the calendar held", () => {
  const inUse: PlannedStep = {
    op: "same",
    urn: KEY,
    oldState: state(KEY, {}, NEW),
    newState: state(KEY, {}, NEW),
  };
  const lacking = (key: string) => update(KEY_SECRET, secret({ keyId: OLD }), secret({ keyId: key }));
  const unended = update(RETIRED, { uuid: OLD }, { uuid: NEW });
  const unwritten = update(HISTORY, { uuid: OLD }, { uuid: NEW });

  test("consumers that an interrupted renewal has not reached are no drift", () => {
    expect(driftIn([inUse, lacking(NEW), detailed(ITEM, "password", "sectionMap"), unended])).toEqual([]);
    expect(
      driftIn([inUse, unwritten, lacking(UNKNOWN), update(RETIRED, { uuid: OLD }, { uuid: UNKNOWN })]),
    ).toEqual([]);
  });

  test.each<[string, readonly PlannedStep[], string]>([
    ["one who lacks the key where no renewal was cut off", [lacking(NEW)], KEY_SECRET],
    ["one who would get a key that is not in use", [lacking("key-9"), unended], KEY_SECRET],
    [
      "one who would get a key that nobody knows, where the key in use is written down",
      [lacking(UNKNOWN), unended],
      KEY_SECRET,
    ],
    [
      "one who would get the key that they have",
      [update(KEY_SECRET, secret({ keyId: NEW }), secret({ keyId: NEW, value: "other" })), unended],
      KEY_SECRET,
    ],
    ["an item of which one part differs", [detailed(ITEM, "password"), unended], ITEM],
    ["a note's text", [detailed(NOTE, "noteValue"), unended], NOTE],
    ["anything else beside it", [update(CONFIG, { create: "a" }, { create: "b" }), unended], CONFIG],
  ])("%s is drift", (_name, steps, urn) => {
    expect(urns(driftIn([inUse, ...steps]))).toEqual([urn]);
  });
});
