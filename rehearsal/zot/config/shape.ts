// The keys that zot knows, by the names in its error messages (zot's pkg/api/config, pkg/extensions/config).
import { has, type ZotRelease } from "../version";

export type Scalar = "string" | "bool" | "int" | "duration" | "any";
export type Shape = Scalar | { list: Shape } | { map: Shape } | { fields: Record<string, Shape> };

/** Keys that releases before do not know, and refuse. */
function since(release: ZotRelease, fields: Record<string, Shape>): Record<string, Shape> {
  return has(release) ? fields : {};
}

const strings: Shape = { list: "string" };
const anything: Shape = { map: "any" };

const policy: Shape = {
  fields: {
    Users: strings,
    Actions: strings,
    Groups: strings,
    ...since("2.1.17", {
      Conditions: { list: { fields: { Expression: "string", Message: "string" } } },
    }),
  },
};

const accessControl: Shape = {
  fields: {
    repositories: {
      map: {
        fields: { Policies: { list: policy }, DefaultPolicy: strings, AnonymousPolicy: strings },
      },
    },
    AdminPolicy: policy,
    Groups: { map: { fields: { Users: strings } } },
    Metrics: { fields: { Users: strings, ...since("2.1.18", { AnonymousPolicy: strings }) } },
  },
};

const tls: Shape = { fields: { Cert: "string", Key: "string", CACert: "string" } };
const openid: Shape = {
  fields: {
    Providers: {
      map: {
        fields: {
          CredentialsFile: "string",
          Name: "string",
          ClientID: "string",
          ClientSecret: "string",
          KeyPath: "string",
          Issuer: "string",
          AuthURL: "string",
          TokenURL: "string",
          Scopes: strings,
          ClaimMapping: { fields: { username: "string", ...since("2.1.17", { groups: "string" }) } },
        },
      },
    },
    callbackAllowOrigins: strings,
  },
};

const auth: Shape = {
  fields: {
    FailDelay: "int",
    HTPasswd: { fields: { Path: "string" } },
    LDAP: anything,
    Bearer: anything,
    OpenID: openid,
    APIKey: "bool",
    SessionKeysFile: "string",
    SessionHashKey: "string",
    SessionEncryptKey: "string",
    SessionDriver: anything,
    secureSession: "bool",
    mtls: anything,
  },
};

const untagged: Record<string, Shape> = {
  PulledWithin: "duration",
  PushedWithin: "duration",
  MostRecentlyPushedCount: "int",
  MostRecentlyPulledCount: "int",
};

const storage: Record<string, Shape> = {
  RootDirectory: "string",
  ...since("2.1.16", { MaxRepos: "int" }),
  Dedupe: "bool",
  RemoteCache: "bool",
  ...since("2.1.18", { RedirectBlobURL: "bool" }),
  GC: "bool",
  Commit: "bool",
  GCDelay: "duration",
  GCInterval: "duration",
  ...since("2.1.19", { GCTimeWindow: "string" }),
  Retention: {
    fields: {
      DryRun: "bool",
      Delay: "duration",
      Policies: {
        list: {
          fields: {
            Repositories: strings,
            DeleteReferrers: "bool",
            DeleteUntagged: "bool",
            KeepTags: { list: { fields: { Patterns: strings, ...untagged } } },
            KeepUntagged: { fields: untagged },
          },
        },
      },
    },
  },
  StorageDriver: anything,
  CacheDriver: anything,
  GCMaxSchedulerDelay: "duration",
};

const sync: Shape = {
  fields: {
    Enable: "bool",
    CredentialsFile: "string",
    DownloadDir: "string",
    Registries: {
      list: {
        fields: {
          URLs: strings,
          PollInterval: "duration",
          Content: {
            list: {
              fields: {
                Prefix: "string",
                Tags: { fields: { Regex: "string", ExcludeRegex: "string", Semver: "bool" } },
                Destination: "string",
                StripPrefix: "bool",
              },
            },
          },
          TLSVerify: "bool",
          OnDemand: "bool",
          CertDir: "string",
          MaxRetries: "int",
          RetryDelay: "duration",
          ...since("2.1.19", { MaxRetryDelay: "duration", Oauth2CredentialHelper: anything }),
          OnlySigned: "bool",
          SyncLegacyCosignTags: "bool",
          CredentialHelper: "string",
          PreserveDigest: "bool",
          SyncTimeout: "duration",
          ResponseHeaderTimeout: "duration",
        },
      },
    },
  },
};

const enable: Record<string, Shape> = { Enable: "bool" };

const extensions: Shape = {
  fields: {
    Search: { fields: { ...enable, CVE: anything } },
    Sync: sync,
    Metrics: { fields: { ...enable, Prometheus: { fields: { Path: "string" } } } },
    Scrub: { fields: { ...enable, Interval: "duration" } },
    Lint: { fields: { ...enable, MandatoryAnnotations: strings } },
    UI: { fields: enable },
    Mgmt: { fields: enable },
    APIKey: { fields: enable },
    Trust: { fields: { ...enable, Cosign: "bool", Notation: "bool" } },
    Events: { fields: { ...enable, Sinks: { list: "any" } } },
  },
};

export const CONFIG: Shape = {
  fields: {
    distSpecVersion: "string",
    GoVersion: "string",
    Commit: "string",
    ReleaseTag: "string",
    BinaryType: "string",
    Storage: {
      fields: {
        ...storage,
        SubPaths: { map: { fields: storage } },
        ...since("2.1.18", { FastRestart: "bool" }),
      },
    },
    HTTP: {
      fields: {
        Address: "string",
        ExternalURL: "string",
        Port: "string",
        AllowOrigin: "string",
        ...since("2.1.17", { readTimeout: "duration", writeTimeout: "duration" }),
        TLS: tls,
        Auth: auth,
        accessControl,
        Realm: "string",
        Ratelimit: {
          fields: { Rate: "int", Methods: { list: { fields: { Method: "string", Rate: "int" } } } },
        },
        Compat: strings,
      },
    },
    Log: { fields: { Level: "string", Output: "string", Audit: "string" } },
    Extensions: extensions,
    scheduler: { fields: { NumWorkers: "int" } },
    cluster: { fields: { members: strings, hashKey: "string", tls } },
  },
};
