import * as pulumi from "@pulumi/pulumi";
import * as settings from "@pulumi/pulumi/runtime/settings";
import { dropDebugMessages } from "../../components/quiet-debug";

test("a resource costs no requests for debug messages, and a warning still arrives", async () => {
  await pulumi.runtime.setMocks({
    newResource: ({ name }) => ({ id: name, state: {} }),
    call: () => ({}),
  });
  const messages: string[] = [];
  const log = (request: { getMessage(): string }, done: () => void) => {
    messages.push(request.getMessage());
    done();
  };
  jest.spyOn(settings, "getEngine").mockReturnValue({ log } as never);
  const sent = async (name: string) => {
    const made = new pulumi.ComponentResource("test:index:Thing", name);
    await new Promise((resolve) => void made.urn.apply(resolve));
    await pulumi.log.warn(`careful with ${name}`);
    // Messages about another one may still be on their way.
    return messages.filter((message) => message.includes(name));
  };
  expect((await sent("first")).length).toBeGreaterThan(2);
  dropDebugMessages();
  expect(await sent("second")).toEqual(["careful with second"]);
});
