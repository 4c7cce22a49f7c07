import type { FastifyReply } from "fastify";
import { FLOW_SCRIPT } from "./pages-script";

export function sendPage(reply: FastifyReply, status: number, html: string): FastifyReply {
  return reply.code(status).type("text/html; charset=utf-8").send(html);
}

/** The page of a flow: the form is drawn from what the executor asks. */
export const flowPage = (title: string): string =>
  page(title, `<form id="flow"><p>Loading…</p></form><script>${FLOW_SCRIPT}</script>`);

export const deniedPage = (reason: string): string =>
  page("Permission denied", `<p>Request has been denied.</p><p>${escape(reason)}</p>`);

export const errorPage = (title: string, text: string): string => page(title, `<p>${escape(text)}</p>`);

export const homePage = (username: string): string =>
  page("Logged in", `<p>You are logged in as <b>${escape(username)}</b>.</p>`);

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <title>${escape(title)} – rehearsal</title>
    <style>
      body { font: 16px system-ui, sans-serif; max-width: 24rem; margin: 10vh auto; padding: 0 1rem }
      label, button, input { display: block; width: 100%; box-sizing: border-box; margin: .5rem 0; font: inherit }
      .note { background: #fff3cd; color: #533f03; padding: .75rem; border-radius: .25rem }
      .error { color: #b00020 }
    </style>
  </head>
  <body>
    <p class="note"><b>Rehearsal.</b> This is a stand-in of Authentik on your own machine. Never type a real password.</p>
    <h1>${escape(title)}</h1>
    ${body}
  </body>
</html>
`;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
