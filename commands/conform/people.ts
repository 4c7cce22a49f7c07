import type { Subject } from "../../systems/zot/decide";

/** A user; only the candidate knows the password. */
export interface Person extends Subject {
  name: string;
}

/** `writers` is a user without groups: a user and a group of the same name must not be mixed up. */
export const PEOPLE: readonly Person[] = [
  { name: "anonymous", groups: [] },
  { name: "ada", username: "ada", groups: ["admins"] },
  { name: "eve", username: "eve", groups: ["admins", "writers"] },
  { name: "ci", username: "ci", groups: ["writers"] },
  { name: "writers", username: "writers", groups: [] },
  { name: "max", username: "max", groups: ["ops"] },
];

export const REPOSITORIES: readonly string[] = ["app", "ci", "ci/app", "ci/team/app", "team/app", "x1/app"];
