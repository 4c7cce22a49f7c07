import { z } from "zod";
import { pulumi, type Site } from "./engine";
import { nameOf, typeOf } from "../../systems/pulumi/plan";

const deployment = z.looseObject({
  deployment: z
    .looseObject({
      resources: z
        .array(
          z.looseObject({
            urn: z.string(),
            id: z.string().optional(),
            custom: z.boolean().default(false),
            protect: z.boolean().default(false),
            outputs: z.record(z.string(), z.unknown()).nullish(),
          }),
        )
        .nullish(),
    })
    .nullish(),
});

/** A resource of a stack's state. */
export interface Held {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly id: string;
  readonly protect: boolean;
  readonly adopted: boolean;
}

/** Everything of a stack's state that exists in a system; no secret of it is decrypted. */
export async function heldBy(site: Site): Promise<Held[]> {
  const { deployment: found } = deployment.parse(JSON.parse(await pulumi(site, ["stack", "export"])));
  return (found?.resources ?? [])
    .filter(({ custom, urn }) => custom && !typeOf(urn).startsWith("pulumi:"))
    .map(({ urn, id = "", protect, outputs }) => ({
      urn,
      type: typeOf(urn),
      name: nameOf(urn),
      id,
      protect,
      adopted: outputs?.["adopted"] === true,
    }));
}
