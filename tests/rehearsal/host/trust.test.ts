import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { connect } from "node:tls";
import { CERTIFICATE, PRIVATE_KEY } from "../../../rehearsal/host/certificate";
import { trust } from "../../../rehearsal/host/trust";

let server: Server;
beforeAll(async () => {
  server = createServer({ key: PRIVATE_KEY, cert: CERTIFICATE }, (_, response) => response.end());
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
});
afterAll(() => server.close());

const isTrusted = (): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const { port } = server.address() as AddressInfo;
    const socket = connect({ host: "localhost", port, rejectUnauthorized: false }, () => {
      resolve(socket.authorized);
      socket.destroy();
    });
    socket.on("error", reject);
  });

test("a certificate is trusted as long as one of those that asked for it has not ended it", async () => {
  expect(await isTrusted()).toBe(false);
  const [one, other] = [trust(CERTIFICATE), trust(CERTIFICATE)];
  expect(await isTrusted()).toBe(true);
  one();
  one();
  expect(await isTrusted()).toBe(true);
  other();
  expect(await isTrusted()).toBe(false);
});
