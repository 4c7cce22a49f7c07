import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { World } from "../../rehearsal/mission/world";
import { run } from "../setup/run";

const VERSION = "2.18.19";
const CLIENT_ITEM = "zot-client";
const VAULT = "rehearsal";
/** Given explicitly, because Ansible would search for it in each run, and can find one that does not start. */
const PYTHON = { ansible_python_interpreter: "/usr/bin/python3" };

/** The output of callback_plugins/changes.py. */
const answer = z.object({ registry: z.number() });

/** Ansible itself failed, or could not be installed. */
export class AnsibleError extends Error {
  override readonly name = "AnsibleError";
}

/** ansible-core from PyPI in its own folder; a second call reuses it. @returns the folder of its programs */
export async function installAnsible(folder: string): Promise<string> {
  const home = join(folder, `ansible-core-${VERSION}`);
  const bin = join(home, "bin");
  if (existsSync(join(home, "complete"))) return bin;
  await step("python3", ["-m", "venv", "--clear", home], "install Python 3.11 or newer with its venv module");
  const install = ["install", "--quiet", "--disable-pip-version-check", `ansible-core==${VERSION}`];
  await step(join(bin, "pip"), install, "see whether pip reaches a package index");
  await writeFile(join(home, "complete"), "");
  return bin;
}

async function step(command: string, args: string[], hint: string): Promise<void> {
  const { code, output } = await run(command, args);
  if (code !== 0) throw new AnsibleError(`${command} failed: ${output.slice(-5).join("\n")}\n${hint}`);
}

export interface Playbook {
  /**
   * Runs the roles as they are; `check` changes nothing. @throws AnsibleError if an unexpected task would change
   * something
   */
  play(options: {
    tags?: "zot";
    check?: boolean;
    logLevel: string;
    changes: boolean;
    /** Whether modules go to the host without a file there. Off is Ansible's default, and the homelab's. */
    pipelining?: boolean;
  }): Promise<void>;
}

/** A registry host for these roles only, beside the program's own, in the same 1Password and Forgejo. */
export async function preparePlaybook(project: string, folder: string, world: World): Promise<Playbook> {
  const bin = await installAnsible(join(project, ".rehearsal"));
  const { host } = await world.addRegistry("ansible");
  const { service } = host.layout;
  if (service.manager !== "command") throw new AnsibleError("the host restarts its service by no command");
  const standIns = world.standIns;
  if (!standIns) throw new AnsibleError("the comparison needs the stand-ins of Authentik and Forgejo");

  world.onepassword.add(VAULT, {
    title: CLIENT_ITEM,
    fields: [{ label: "client-secret", value: world.secrets.passphrase, section: "tokens" }],
  });
  const id = (title: string) => world.onepassword.itemsOf(VAULT).find((item) => item.title === title)?.id;
  const place = join(folder, "ansible");
  await mkdir(place, { recursive: true });
  const key = join(place, "key");
  await writeFile(key, host.ssh.privateKey ?? "", { mode: 0o600 });
  await writeFile(join(place, "known_hosts"), `[${host.ssh.host}]:${host.ssh.port} ${host.ssh.hostKey}\n`);
  const secret = (repository: string, name: string, item: string, field: string) => ({
    ...{ repository, name, field },
    item: id(item),
  });
  const { port } = new URL(host.registryUrl);
  const variables = {
    ansible_host: host.ssh.host,
    ansible_port: host.ssh.port,
    ansible_user: host.ssh.user,
    ansible_ssh_private_key_file: key,
    ansible_ssh_common_args: `-o UserKnownHostsFile=${join(place, "known_hosts")} -o IdentitiesOnly=yes`,
    ...PYTHON,
    connect_url: world.environment["OP_CONNECT_HOST"],
    vault_id: "rehearsalrehearsalrehears7",
    client_item: id(CLIENT_ITEM),
    forgejo_url: world.forgejoUrl,
    actions_secrets: [
      secret("eblume/blumeops", "ARGOCD_AUTH_TOKEN", "forgejo", "argocd_token"),
      secret("eblume/blumeops", "FLY_DEPLOY_TOKEN", "fly", "deploy-token"),
      secret("eblume/cv", "FORGE_TOKEN", "forgejo", "api-token"),
    ],
    zot_binary: host.layout.zotBinary,
    config_folder: host.layout.configFolder,
    data_folder: host.layout.dataFolder,
    registry_url: host.registryUrl,
    registry_port: port,
    issuer: `${world.authentikUrl}/application/o/zot/`,
    restart_command: service.restart,
    status_command: service.restart.replace(" restart ", " status "),
  };
  await writeFile(
    join(place, "inventory.json"),
    JSON.stringify({
      all: { hosts: { registry: variables, localhost: { ansible_connection: "local", ...PYTHON } } },
    }),
  );
  const env = {
    ...process.env,
    OP_CONNECT_TOKEN: world.secrets.connectToken,
    FORGEJO_TOKEN: world.secrets.forgejoToken,
    ANSIBLE_HOME: join(place, "home"),
    ANSIBLE_CALLBACK_PLUGINS: join(project, "tools/bench/ansible/callback_plugins"),
    ANSIBLE_STDOUT_CALLBACK: "changes",
    ANSIBLE_LOCALHOST_WARNING: "false",
    ANSIBLE_INVENTORY_UNPARSED_WARNING: "false",
  };
  return {
    async play({ tags, check = false, logLevel, changes, pipelining = false }) {
      const args = [
        ...["-i", join(place, "inventory.json"), join(project, "tools/bench/ansible/site.yml")],
        ...["--extra-vars", JSON.stringify({ log_level: logLevel }), "--diff"],
        ...(check ? ["--check"] : []),
        ...(tags === undefined ? [] : ["--tags", tags]),
      ];
      const changed = await changesOf(join(bin, "ansible-playbook"), args, {
        env: { ...env, ANSIBLE_PIPELINING: String(pipelining) },
        cwd: place,
      });
      if (!changes && changed > 0)
        throw new AnsibleError(`${changed} tasks would change what was just deployed`);
    },
  };
}

/** How many tasks changed something, from Ansible's JSON. @throws AnsibleError with the failed tasks */
async function changesOf(
  program: string,
  args: string[],
  options: { env: NodeJS.ProcessEnv; cwd: string },
): Promise<number> {
  const { stdout, code } = await new Promise<{ stdout: string; code: number }>((resolve) => {
    execFile(program, args, { ...options, maxBuffer: 64 << 20 }, (error, out, complaint) =>
      resolve({ stdout: error ? out + complaint : out, code: error ? 1 : 0 }),
    );
  });
  if (code !== 0) throw new AnsibleError(`ansible-playbook failed:\n${stdout.slice(-4000)}`);
  return answer.parse(JSON.parse(stdout.trim().split("\n").at(-1) ?? "")).registry;
}
