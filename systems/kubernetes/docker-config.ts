/** Type of the Secret with the file below, and its key. */
export const SECRET_TYPE = "kubernetes.io/dockerconfigjson";
export const SECRET_KEY = ".dockerconfigjson";

/** The file that docker, buildkit, kaniko and skopeo read their logins from. */
export function renderDockerConfig(registryUrl: string, username: string, key: string): string {
  const auth = Buffer.from(`${username}:${key}`).toString("base64");
  return JSON.stringify({ auths: { [registryOf(registryUrl)]: { username, password: key, auth } } });
}

/** The same file as a template of the External Secrets Operator (engine v2), made from `username` and `password`. */
export function dockerConfigTemplate(registryUrl: string): string {
  const registry = JSON.stringify(registryOf(registryUrl));
  const fields = [
    '"username":{{ .username | toJson }}',
    '"password":{{ .password | toJson }}',
    '"auth":{{ printf "%s:%s" .username .password | b64enc | toJson }}',
  ];
  return `{"auths":{${registry}:{${fields.join(",")}}}}`;
}

/** The prefix of image names: a host, with its port unless it is the scheme's default. */
function registryOf(registryUrl: string): string {
  return new URL(registryUrl).host;
}
