import * as pulumi from "@pulumi/pulumi";
import { observeHost } from "../../components/observe-host";
import { probeHost } from "../../systems/host/probe";
import type { HostLayout, HostState, SshTarget } from "../../systems/host/types";
import { World } from "./world";

jest.mock("../../systems/host/probe", () => ({ probeHost: jest.fn() }));

const probe = jest.mocked(probeHost);
const ssh = { host: "indri" } as SshTarget;
const layout = {} as HostLayout;
const state = { serving: true } as HostState;
const warnings: string[] = [];

beforeEach(() => {
  warnings.length = 0;
  probe.mockReset();
  jest.spyOn(pulumi.log, "warn").mockImplementation((message) => {
    warnings.push(message);
    return Promise.resolve();
  });
});
afterEach(() => jest.restoreAllMocks());

const running = (preview: boolean) => pulumi.runtime.setMocks(new World(), "zot-access", "indri", preview);

test("the program compares with the probe's answer", async () => {
  await running(true);
  probe.mockResolvedValue(state);
  expect(await observeHost(ssh, layout, "warn")).toBe(state);
  expect(warnings).toEqual([]);
});

test.each([true, false])(
  "zot under another user stops the run before anything is declared (preview: %s)",
  async (preview) => {
    await running(preview);
    probe.mockResolvedValue({ ...state, otherUser: "nobody" });
    const root = { host: "indri", user: "root" } as SshTarget;
    await expect(observeHost(root, layout, "warn")).rejects.toThrow(
      /zot runs on indri as the user nobody, and SSH logs in as root.*Set host.runAs to nobody/,
    );
    expect(warnings).toEqual([]);
  },
);

describe("a host that cannot be reached", () => {
  beforeEach(() => probe.mockRejectedValue(new Error("connection refused")));

  test("leaves a preview with a warning that drift is unknown", async () => {
    await running(true);
    expect(await observeHost(ssh, layout, "warn")).toBeUndefined();
    expect(warnings.join()).toContain("drift on indri is unknown");
    expect(warnings.join()).toContain("connection refused");
  });

  test("fails a preview where the settings say so", async () => {
    await running(true);
    await expect(observeHost(ssh, layout, "fail")).rejects.toThrow("connection refused");
  });

  test.each(["warn", "fail", "off"] as const)("fails a deploy whatever previews do (%s)", async (setting) => {
    await running(false);
    await expect(observeHost(ssh, layout, setting)).rejects.toThrow("connection refused");
  });
});

test("a preview that skips the host says what it does not show", async () => {
  await running(true);
  expect(await observeHost(ssh, layout, "off")).toBeUndefined();
  expect(probe).not.toHaveBeenCalled();
  expect(warnings.join()).toContain("no drift, only changes of the settings");
});
