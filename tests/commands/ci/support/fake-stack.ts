import { endedBy, type Outcome, type RunCommand } from "../../../../commands/ci/run";
import { HOLD_CALENDAR_VARIABLE } from "../../../../keys/key-calendar";
import { typeOf } from "../../../../systems/pulumi/plan";
import { UNKNOWN } from "../../../../systems/pulumi/values";

/*
 * A stack, the systems that it is about, and a CLI that works on both, as far as CI's jobs can tell: what the engine and the
 * providers do with a key that is due, with whoever has it, and with what somebody changed beside it. What its JSON looks like is held
 * to the real engine's by tests/engine/mission.test.ts.
 */
const DAY_MS = 86_400_000;
const URN = "urn:pulumi:indri::zot-access::";
const MASKED = "[secret]";
/** Of another pusher, who has it all the time. */
const OTHER_KEY = "key-of-another";

/** What the calendar is for a key, and how long the one before it lives on. */
const RENEW_AFTER_DAYS = 60;
const LIFETIME_DAYS = 90;
const GRACE_DAYS = 1;

interface Holder {
  readonly urn: string;
  /** What of it names the key, if the plan shows that. */
  readonly id?: "keyId" | "keyIds" | "uuid" | "annotation";
  /** Properties that a key changes, as the provider's own diff tells them; ours tells none. */
  readonly detailed?: readonly string[];
}

const CREDENTIAL = `${URN}zot-access:index:CiCredential$`;
export const KEY = `${CREDENTIAL}zot-access:index:ZotApiKey::pusher-zot-ci-api-key`;
export const NOTE = `${CREDENTIAL}onepassword:index/item:Item::pusher-zot-ci-note`;
export const HISTORY = `${CREDENTIAL}zot-access:index:KeyHistory::pusher-zot-ci-keys`;
export const ITEM = `${CREDENTIAL}onepassword:index/item:Item::pusher-zot-ci-item`;
const ACTIONS = `${URN}zot-access:index:ActionsSecrets$zot-access:index:ActionsSecret::actions-secrets-eblume-blumeops-`;
export const KEY_SECRET = `${ACTIONS}ZOT_CI_API_KEY`;
export const TOKEN_SECRET = `${ACTIONS}CACHE_TOKEN`;
const CLUSTER = `${URN}zot-access:index:ClusterCredentials$zot-access:index:ClusterCredential$`;
export const CLUSTER_SECRET = `${CLUSTER}kubernetes:core/v1:Secret::cluster-credentials-k3s/builds/zot-push`;
export const PROOF = `${URN}zot-access:index:AccessVerification$zot-access:index:AccessProof::access-proof-matrix`;
export const RETIRED = `${URN}zot-access:index:KeyRetirement$zot-access:index:RetiredKeys::old-keys-zot-ci-retired`;
export const CONFIG = `${URN}zot-access:index:ZotRegistry$command:remote:Command::registry-config`;

/** In the order of the program: each is given the key after those before it. */
const HOLDERS: readonly Holder[] = [
  { urn: HISTORY, id: "uuid" },
  { urn: ITEM, detailed: ["password", "sectionMap"] },
  { urn: KEY_SECRET, id: "keyId" },
  { urn: PROOF, id: "keyIds" },
  { urn: CLUSTER_SECRET, id: "annotation", detailed: ["data", "metadata"] },
  { urn: RETIRED, id: "uuid" },
];

/** What somebody may do outside of the program. */
export type Meddling =
  | "edits the config"
  | "rotates a token in 1Password"
  | "deletes a secret in Forgejo"
  | "deletes the key's secret in Forgejo"
  | "edits the note"
  | "edits the key's item"
  | "edits the Secret in the cluster"
  | "revokes the key";

const EDITED: Partial<
  Record<Meddling, { urn: string; detailed?: readonly string[]; property: string; op?: string }>
> = {
  "edits the config": { urn: CONFIG, property: "create" },
  "rotates a token in 1Password": { urn: TOKEN_SECRET, property: "value" },
  "deletes a secret in Forgejo": { urn: TOKEN_SECRET, property: "name", op: "create" },
  "deletes the key's secret in Forgejo": { urn: KEY_SECRET, property: "name", op: "create" },
  "edits the note": { urn: NOTE, property: "noteValue", detailed: ["noteValue"] },
  "edits the key's item": { urn: ITEM, property: "password", detailed: ["password"] },
  "edits the Secret in the cluster": { urn: CLUSTER_SECRET, property: "data", detailed: ["data"] },
};

interface Step {
  op: string;
  urn: string;
  oldState?: object;
  newState?: object;
  replaceReasons?: string[];
  detailedDiff?: Record<string, { kind: string }>;
}

interface Update {
  readonly kind: "update" | "refresh";
  readonly result: "succeeded" | "failed";
  readonly commit: string;
}

export class FakeStack {
  /** What was deployed, in order: the URNs of each run, with what it did. */
  readonly deployed: string[] = [];
  readonly ran: string[] = [];
  /** What is different from what was deployed, until it is put back. */
  readonly meddled = new Set<Meddling>();
  /** Of this checkout; what it asks for beside the commit before it. */
  commit = "c0ffee0000";
  asksFor: string | undefined;
  lock: { owner: string; pid: number; since: Date } | undefined;
  /** Called before each step of a deploy. */
  beforeStep: (urn: string) => "killed" | undefined = () => undefined;
  private key: { id: string; since: Date };
  private former: { id: string; since: Date }[] = [];
  private readonly held = new Map(HOLDERS.map(({ urn }) => [urn, "key-0"]));
  private minted = 0;
  private writes = 0;
  private pending = false;
  private readonly updates: Update[] = [{ kind: "update", result: "succeeded", commit: this.commit }];

  constructor(private readonly now: () => Date) {
    this.key = { id: "key-0", since: now() };
  }

  get keyInUse(): string {
    return this.key.id;
  }

  /** Everybody has the key in use. */
  get isWhole(): boolean {
    return [...this.held.values()].every((id) => id === this.key.id) && !this.pending;
  }

  get isDue(): boolean {
    return this.now().getTime() >= this.key.since.getTime() + RENEW_AFTER_DAYS * DAY_MS;
  }

  /** Whether the key has an end, and that is over. */
  get isExpired(): boolean {
    return this.now().getTime() >= this.key.since.getTime() + LIFETIME_DAYS * DAY_MS;
  }

  private get doomed(): boolean {
    return this.former.some(({ since }) => this.now().getTime() >= since.getTime() + GRACE_DAYS * DAY_MS);
  }

  readonly run: RunCommand = (command, args, environment = {}) => {
    this.ran.push([command, ...args].join(" "));
    return Promise.resolve(command === "git" ? said(`${this.commit}\n`) : this.answer(args, environment));
  };

  private answer(args: readonly string[], environment: Readonly<Record<string, string>>): Outcome {
    const held = environment[HOLD_CALENDAR_VARIABLE] === "1";
    if (args.includes("commands/verify/main.ts")) return said("all answers are right\n");
    switch (args[0]) {
      case "preview": {
        const steps = this.steps(held, args.includes("--refresh"));
        if (args.includes("--json")) return said(JSON.stringify({ steps: steps.map(withTypes) }));
        return said(`Previewing update (indri):\n${steps.map(({ op, urn }) => `${op} ${urn}\n`).join("")}`);
      }
      case "up":
        return this.up(args);
      case "refresh":
        if (this.lock) return this.refused();
        this.pending = false;
        return said("cleared\n");
      case "cancel":
        this.lock = undefined;
        return said("cancelled\n");
      case "stack":
        return args[1] === "history" ? said(JSON.stringify(this.history)) : said(JSON.stringify(this.state));
      default:
        throw new Error(`the stand-in of Pulumi does not know ${args.join(" ")}`);
    }
  }

  private get history() {
    return [...this.updates].reverse().map(({ kind, result, commit }) => ({
      ...{ kind, result },
      environment: { "git.head": commit },
    }));
  }

  private get state() {
    return {
      deployment: {
        manifest: { time: `write ${this.writes}` },
        pending_operations: this.pending ? [{}] : [],
        resources: [
          {
            urn: KEY,
            type: typeOf(KEY),
            outputs: { expiresAt: new Date(this.key.since.getTime() + LIFETIME_DAYS * DAY_MS).toISOString() },
          },
        ],
      },
    };
  }

  private refused(): Outcome {
    const { owner = "", pid = 0, since = new Date() } = this.lock ?? {};
    return said(
      "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock " +
        `file with \`pulumi cancel\`.\n  postgres://db/1f.json: created by ${owner} (pid ${pid}) at ${since.toISOString()}\n`,
      255,
    );
  }

  /** What the program and the providers make of it. */
  private steps(held: boolean, refreshed: boolean): Step[] {
    const steps: Step[] = [{ op: "same", urn: `${URN}pulumi:pulumi:Stack::zot-access-indri` }];
    const dead = this.meddled.has("revokes the key") || this.isExpired;
    const due = this.isDue && !held;
    const replaced = dead || due;
    if (due) steps.push(step("update", NOTE, { detailed: ["sectionMap"] }));
    // A refresh finds that a dead key is gone.
    if (dead && refreshed) steps.push({ op: "create", urn: KEY });
    else
      steps.push(
        replaced
          ? {
              op: "replace",
              urn: KEY,
              replaceReasons: [dead ? "key" : "expiresAt"],
              oldState: { id: this.key.id },
            }
          : { op: "same", urn: KEY, oldState: { id: this.key.id }, newState: { id: this.key.id } },
      );
    const unwritten = replaced || this.held.get(HISTORY) !== this.key.id;
    for (const { urn, id, detailed } of HOLDERS) {
      const old = this.held.get(urn) ?? "";
      const next = replaced ? UNKNOWN : urn === HISTORY || !unwritten ? this.key.id : UNKNOWN;
      const ends = urn === RETIRED && this.doomed && !held;
      if (old !== next || ends) steps.push(step("update", urn, { detailed, id, old, next }));
    }
    for (const meddling of this.meddled) {
      const edit = EDITED[meddling];
      if (!edit) continue;
      const { urn, op = "update", property, detailed } = edit;
      const also = steps.find((known) => known.urn === urn);
      if (!also) steps.push(step(op, urn, { property, detailed }));
      else if (op !== "update") also.op = op;
      else if (also.detailedDiff) also.detailedDiff[property] = { kind: "update" };
    }
    if (this.asksFor !== undefined) steps.push(step("update", this.asksFor, { property: "create" }));
    return steps;
  }

  private up(args: readonly string[]): Outcome {
    if (this.lock) return this.refused();
    const targets = args.flatMap((arg, index) => (args[index - 1] === "--target" ? [arg] : []));
    const wanted = this.steps(false, args.includes("--refresh")).filter(
      ({ op, urn }) => op !== "same" && (targets.length === 0 || targets.includes(urn)),
    );
    for (const { op, urn } of wanted) {
      this.writes += 1;
      if (this.beforeStep(urn) === "killed") {
        this.pending = true;
        this.lock = { owner: "root@stack-job", pid: 57, since: this.now() };
        const told = endedBy("pulumi", "SIGKILL");
        return { ...said(`Updating (indri):\n${told}`), status: null };
      }
      this.carryOut(op, urn);
    }
    if (targets.length === 0) this.asksFor = undefined;
    this.updates.push({ kind: "update", result: "succeeded", commit: this.commit });
    return said("Updating (indri):\ndone\n");
  }

  private carryOut(op: string, urn: string): void {
    this.deployed.push(`${op} ${urn.split("::").at(-1)}`);
    for (const [meddling, edit] of Object.entries(EDITED))
      if (edit.urn === urn) this.meddled.delete(meddling as Meddling);
    if (urn === KEY) {
      this.meddled.delete("revokes the key");
      this.former.push({ id: this.key.id, since: this.now() });
      this.minted += 1;
      this.key = { id: `key-${this.minted}`, since: this.now() };
    }
    if (this.held.has(urn)) this.held.set(urn, this.key.id);
    if (urn === RETIRED)
      this.former = this.former.filter(
        ({ since }) => this.now().getTime() < since.getTime() + GRACE_DAYS * DAY_MS,
      );
  }
}

function step(
  op: string,
  urn: string,
  {
    id,
    old = MASKED,
    next = MASKED,
    property,
    detailed,
  }: {
    id?: Holder["id"] | undefined;
    old?: string;
    next?: string;
    property?: string;
    detailed?: readonly string[] | undefined;
  },
): Step {
  const values = (key: string, edited: string) => ({
    ...(urn.includes("$zot-access:index:ActionsSecret::") && { value: MASKED }),
    ...(id === "annotation"
      ? { metadata: { annotations: { "zot-access/key-id": key } } }
      : id === "keyIds"
        ? { keyId: key === UNKNOWN ? key : `${OTHER_KEY},${key}` }
        : id && { [id]: key }),
    ...(property !== undefined && !detailed && property !== "value" && { [property]: edited }),
  });
  return {
    ...{ op, urn },
    oldState: { inputs: values(old, "before") },
    newState: { inputs: values(next, "after") },
    ...(detailed && { detailedDiff: Object.fromEntries(detailed.map((name) => [name, { kind: "update" }])) }),
  };
}

function said(output: string, status = 0): Outcome {
  return status === 0
    ? { status, stdout: output, stderr: "", output }
    : { status, stdout: "", stderr: output, output };
}

function withTypes({ oldState, newState, ...rest }: Step): object {
  const type = typeOf(rest.urn);
  return {
    ...rest,
    // What is not there yet has no state before.
    ...(oldState && rest.op !== "create" && { oldState: { type, ...oldState } }),
    ...(newState && { newState: { type, ...newState } }),
  };
}
