import type * as onepassword from "@pulumi/onepassword";
import * as pulumi from "@pulumi/pulumi";

/*
 * What people keep in the item of CI's key beside it. The provider writes an item as a whole, so what is to stay is declared:
 * as it was read when the run began.
 */
interface Section {
  readonly id?: string;
  readonly fieldMap: Readonly<Record<string, { id: string; type: string; value: string }>>;
}

/** An item as the provider's look-up shows it, as far as people may have put something there. */
export interface FoundItem {
  readonly tags?: readonly string[] | undefined;
  readonly sectionMap: Readonly<Record<string, Section>>;
}

export interface PeoplesFields {
  /** By their sections' labels. */
  readonly sections: Readonly<Record<string, Section>>;
  readonly tags: readonly string[];
}

export const NOTHING: PeoplesFields = { sections: {}, tags: [] };

/** Types that a field of the resource can have (const.go of the provider, 3.3.1); the look-up shows others too. */
const WRITABLE = new Set(["STRING", "CONCEALED", "EMAIL", "URL", "OTP", "DATE", "MONTH_YEAR", "MENU"]);

/**
 * @param own fields that this program writes, by the section's label
 * @param ownTags tags that it writes
 */
export function peoplesFields(
  { sectionMap, tags }: FoundItem,
  own: Readonly<Record<string, readonly string[]>>,
  ownTags: readonly string[],
): PeoplesFields {
  const sections = Object.entries(sectionMap).map(([label, { id, fieldMap }]) => {
    const theirs = Object.entries(fieldMap).filter(
      ([name, { type }]) => own[label]?.includes(name) !== true && WRITABLE.has(type),
    );
    return [label, { id, fieldMap: Object.fromEntries(theirs) }] as const;
  });
  return {
    sections: Object.fromEntries(sections.filter(([, { fieldMap }]) => Object.keys(fieldMap).length > 0)),
    tags: (tags ?? []).filter((tag) => !ownTags.includes(tag)),
  };
}

/** A section that this program writes. */
interface OwnSection {
  readonly fieldMap: Readonly<
    Record<string, { readonly type: string; readonly value: pulumi.Input<string> }>
  >;
}

/** The program's own sections with people's. Every value of theirs may be a secret. */
export function withPeoplesFields(
  own: Readonly<Record<string, OwnSection>>,
  { sections }: PeoplesFields,
): Record<string, onepassword.types.input.ItemSectionMap> {
  const theirs = Object.entries(sections).map(([label, { id, fieldMap }]) => {
    const kept = Object.entries(fieldMap).map(
      ([name, field]) => [name, { ...field, value: pulumi.secret(field.value) }] as const,
    );
    const mine = own[label];
    // The id of a section of our own is the provider's to know.
    return [
      label,
      {
        ...(!mine && id !== undefined && { id }),
        fieldMap: { ...Object.fromEntries(kept), ...mine?.fieldMap },
      },
    ] as const;
  });
  return { ...own, ...Object.fromEntries(theirs) };
}
