import { once } from "node:events";
import { connect, type NetConnectOpts } from "node:net";

/** Whether somebody takes connections there now. */
export async function accepts(at: NetConnectOpts): Promise<boolean> {
  const socket = connect(at);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
