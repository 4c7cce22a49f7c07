/*
 * What 1Password Connect sends and takes (/v1). Source: the Connect API reference and connect-sdk-go's `onepassword` package.
 */
export interface Section {
  readonly id: string;
  readonly label?: string;
}

export interface Field {
  readonly id: string;
  readonly type: string;
  readonly purpose?: string;
  readonly label?: string;
  readonly value?: string;
  readonly section?: Section;
}

export interface Item {
  readonly id: string;
  readonly title: string;
  readonly vault: { readonly id: string };
  readonly category: string;
  readonly urls: readonly { readonly href: string; readonly label?: string; readonly primary?: boolean }[];
  readonly favorite: boolean;
  readonly tags: readonly string[];
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly lastEditedBy: string;
  readonly sections: readonly Section[];
  readonly fields: readonly Field[];
  readonly files: readonly never[];
}

export const CATEGORIES = [
  "LOGIN",
  "PASSWORD",
  "API_CREDENTIAL",
  "SERVER",
  "DATABASE",
  "CREDIT_CARD",
  "MEMBERSHIP",
  "PASSPORT",
  "SOFTWARE_LICENSE",
  "OUTDOOR_LICENSE",
  "SECURE_NOTE",
  "WIRELESS_ROUTER",
  "BANK_ACCOUNT",
  "DRIVER_LICENSE",
  "IDENTITY",
  "REWARD_PROGRAM",
  "DOCUMENT",
  "EMAIL_ACCOUNT",
  "SOCIAL_SECURITY_NUMBER",
  "MEDICAL_RECORD",
  "SSH_KEY",
  "CUSTOM",
] as const;

export const FIELD_TYPES = [
  "STRING",
  "CONCEALED",
  "EMAIL",
  "URL",
  "OTP",
  "DATE",
  "MONTH_YEAR",
  "MENU",
  "SSHKEY",
  "PHONE",
  "ADDRESS",
  "REFERENCE",
] as const;

export const PURPOSES = ["", "USERNAME", "PASSWORD", "NOTES"] as const;

/** An answer other than the one that was asked for; clients read the status from the body. */
export class ConnectError extends Error {
  override readonly name = "ConnectError";

  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}
