import type { Subject } from "../../systems/zot/decide";

/** Whoever asks; the password is the candidate's to know. */
export interface Person extends Subject {
  name: string;
}

/** `writers` is a user who is in no group: a user and a group of the same name must not be taken for each other. */
export const PEOPLE: readonly Person[] = [
  { name: "anonymous", groups: [] },
  { name: "ada", username: "ada", groups: ["admins"] },
  { name: "eve", username: "eve", groups: ["admins", "writers"] },
  { name: "ci", username: "ci", groups: ["writers"] },
  { name: "writers", username: "writers", groups: [] },
  { name: "max", username: "max", groups: ["ops"] },
];

export const REPOSITORIES: readonly string[] = ["app", "ci", "ci/app", "ci/team/app", "team/app", "x1/app"];
