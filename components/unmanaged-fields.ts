import type * as onepassword from "@pulumi/onepassword";
import * as pulumi from "@pulumi/pulumi";

/*
 * Fields and tags that users added to the item of CI's key. The provider writes an item as a whole and removes what is not
 * declared, so they are declared as they were read when the run began.
 */
interface Section {
  readonly id?: string;
  readonly fieldMap: Readonly<Record<string, { id: string; type: string; value: string }>>;
}

/** An item as the provider's look-up shows it, as far as users can add to it. */
export interface FoundItem {
  readonly tags?: readonly string[] | undefined;
  readonly sectionMap: Readonly<Record<string, Section>>;
}

export interface UnmanagedFields {
  /** By section label. */
  readonly sections: Readonly<Record<string, Section>>;
  readonly tags: readonly string[];
}

export const NOTHING: UnmanagedFields = { sections: {}, tags: [] };

/** Types that the resource supports for a field (const.go of the provider, 3.3.1); the look-up returns others too. */
const WRITABLE = new Set(["STRING", "CONCEALED", "EMAIL", "URL", "OTP", "DATE", "MONTH_YEAR", "MENU"]);

/**
 * @param own fields that this program writes, by section label
 * @param ownTags tags that this program writes
 */
export function unmanagedFields(
  { sectionMap, tags }: FoundItem,
  own: Readonly<Record<string, readonly string[]>>,
  ownTags: readonly string[],
): UnmanagedFields {
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

/** The program's own sections with the unmanaged ones. Every unmanaged value may be a secret. */
export function withUnmanagedFields(
  own: Readonly<Record<string, OwnSection>>,
  { sections }: UnmanagedFields,
): Record<string, onepassword.types.input.ItemSectionMap> {
  const theirs = Object.entries(sections).map(([label, { id, fieldMap }]) => {
    const kept = Object.entries(fieldMap).map(
      ([name, field]) => [name, { ...field, value: pulumi.secret(field.value) }] as const,
    );
    const mine = own[label];
    // Only the provider knows the id of the program's own section.
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
