/** The release that this stands in for. */
export const VERSION = "v2.1.20";
