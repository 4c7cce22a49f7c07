import { openStack } from "../../commands/shared/stack";
import { DISTINCT_CLIENTS, type MatrixIdentity } from "../../systems/zot/proof";
import { verifyInput } from "../../commands/verify/input";
import { formatVerdict } from "../../commands/verify/report/text";
import { type VerificationResult, verify } from "../../commands/verify/verify";
import { BLUMEOPS, CV } from "./identities";
import type { Pulumi } from "./pulumi";

/** What `npm run verify` says of a stack, asked with the keys of the rehearsal's people too. @throws where it is not well */
export async function verifyStack(
  pulumi: Pulumi,
  identities: readonly MatrixIdentity[],
): Promise<VerificationResult> {
  const { stack, project, configFile, environment } = pulumi;
  const input = await verifyInput(await openStack({ stack, project, configFile, environment }));
  const people = identities.filter(({ name }) => !["anonymous", BLUMEOPS.name, CV.name].includes(name));
  const verdict = await verify({ ...input, holders: people }, { clients: DISTINCT_CLIENTS });
  if (!verdict.ok) throw new Error(formatVerdict(verdict, { color: false }));
  return verdict;
}
