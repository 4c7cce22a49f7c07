import { PulumiFailed } from "../../rehearsal/mission/pulumi";

/** What a run of Pulumi says that has to fail. */
export async function failing(run: Promise<unknown>): Promise<string> {
  try {
    await run;
  } catch (error) {
    if (error instanceof PulumiFailed) return error.output;
    throw error;
  }
  throw new Error("pulumi ended well");
}
