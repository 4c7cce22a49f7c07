import type { Application as PublishedApplication } from "@goauthentik/api/dist/models/Application";
import type { Flow as PublishedFlow } from "@goauthentik/api/dist/models/Flow";
import type { FlowStageBinding as PublishedFlowStageBinding } from "@goauthentik/api/dist/models/FlowStageBinding";
import type { Group as PublishedGroup } from "@goauthentik/api/dist/models/Group";
import type { OAuth2Provider as PublishedProvider } from "@goauthentik/api/dist/models/OAuth2Provider";
import type { PolicyBinding as PublishedPolicyBinding } from "@goauthentik/api/dist/models/PolicyBinding";
import type { Token as PublishedToken } from "@goauthentik/api/dist/models/Token";
import type { User as PublishedUser } from "@goauthentik/api/dist/models/User";
import type { Flow, FlowStageBinding, Group, PolicyBinding, Token, User } from "./objects";
import type { Application, Provider } from "./oauth-objects";

/*
 * The stand-in's rows, held to the types that Authentik publishes for its API. The compiler is the test: a row whose field is no
 * field of the published type, or of another type, is an error here. Types alone: the client is 59 MB, and takes 0.8 s to load.
 */
type Snake<Name extends string> = Name extends `${infer Head}${infer Tail}`
  ? `${Head extends Lowercase<Head> ? Head : `_${Lowercase<Head>}`}${Snake<Tail>}`
  : Name;

/** As a value goes over the wire, before the client gives it types of its own. An enumeration of texts is a text to the rows. */
type Wire<Value> = Value extends Date | string
  ? string
  : Value extends readonly (infer Item)[]
    ? Wire<Item>[]
    : Value extends object
      ? string extends keyof Value
        ? Value
        : OnWire<Value>
      : Value;

type OnWire<Type> = {
  readonly [Name in keyof Type & string as Snake<Name>]-?: Wire<Exclude<Type[Name], undefined>>;
};

/** Fields of a row that the published type lacks, or has with another type; `kept` names those that no answer shows. */
type Strange<Row, Type, Kept extends string = never> = {
  [Name in Exclude<keyof Row & string, Kept>]: Name extends keyof OnWire<Type>
    ? Row[Name] extends OnWire<Type>[Name]
      ? never
      : Name
    : Name;
}[Exclude<keyof Row & string, Kept>];

type None<Names extends never> = Names;

export type Agreed = [
  None<Strange<Application, PublishedApplication>>,
  None<Strange<Flow, PublishedFlow>>,
  None<Strange<FlowStageBinding, PublishedFlowStageBinding>>,
  None<Strange<Group, PublishedGroup>>,
  None<Strange<PolicyBinding, PublishedPolicyBinding>>,
  // A provider that was made before 2024.12 may have none.
  None<Strange<Provider, PublishedProvider, "invalidation_flow">>,
  None<Strange<Token, PublishedToken, "key" | "madeBy">>,
  None<Strange<User, PublishedUser, "password" | "mfaCode" | "totp">>,
];
