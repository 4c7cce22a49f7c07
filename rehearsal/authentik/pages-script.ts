/** Drives the flow executor from the page of a flow, as Authentik's own front end does. */
export const FLOW_SCRIPT = `
const form = document.getElementById("flow");
const slug = location.pathname.split("/")[3];
const executor = "/api/v3/flows/executor/" + slug + "/?" + new URLSearchParams({ query: location.search.slice(1) });
const csrf = () => (document.cookie.match(/authentik_csrf=([^;]*)/) || [])[1] || "";
const element = (name, properties) => Object.assign(document.createElement(name), properties);

async function ask(answer) {
  const response = await fetch(executor, answer && {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-authentik-CSRF": csrf() },
    body: JSON.stringify(answer),
  });
  show(await response.json());
}

function show(challenge) {
  if (challenge.component === "xak-flow-redirect") return location.assign(challenge.to);
  form.replaceChildren();
  for (const error of Object.values(challenge.response_errors || {}).flat()) {
    form.append(element("p", { className: "error", textContent: error.string }));
  }
  const input = (name, label, type) => {
    const field = element("input", { name, type, required: true, autofocus: true });
    const wrapper = element("label", { textContent: label });
    wrapper.append(field);
    form.append(wrapper);
  };
  const text = (content) => form.append(element("p", { textContent: content }));
  switch (challenge.component) {
    case "ak-stage-identification":
      input("uid_field", "User name or email", "text");
      if (challenge.password_fields) input("password", "Password", "password");
      break;
    case "ak-stage-password":
      input("password", "Password of " + challenge.pending_user, "password");
      break;
    case "ak-stage-authenticator-validate":
      input("code", "Code of the second factor", "text");
      break;
    case "ak-stage-consent":
      text(challenge.header_text);
      break;
    case "ak-stage-user-login":
      break;
    default:
      return text(challenge.error_message || "The stand-in has no form for " + challenge.component + ".");
  }
  form.append(element("button", { textContent: challenge.primary_action || "Continue" }));
  form.onsubmit = (event) => {
    event.preventDefault();
    const answer = { component: challenge.component, ...Object.fromEntries(new FormData(form)) };
    if (challenge.token) answer.token = challenge.token;
    if (challenge.component === "ak-stage-user-login") answer.remember_me = false;
    ask(answer);
  };
}

ask();
`;
