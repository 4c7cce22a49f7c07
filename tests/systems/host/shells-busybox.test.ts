import { busyboxPath, inShell } from "./support/in-shell";

describe("busybox with its own tools", () => inShell(["busybox", "sh"], busyboxPath));
