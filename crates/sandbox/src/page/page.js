"use strict";

(() => {
  const element = (id) => document.getElementById(id);
  const facts = JSON.parse(element("facts").textContent);

  // Swagger UI has dark colours, but leaves it to the page when to show them.
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const followColours = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
  dark.addEventListener("change", followColours);
  followColours();

  element("token").textContent = facts.token;
  element("tenant").textContent = facts.tenant;
  element("token-url").textContent = facts.token_url;
  element("scope").textContent = facts.scope;
  // A proxy would be asked for its own loopback address. Who sees this page trusts the certificate already.
  const trust = facts.url.startsWith("https:") ? " --insecure" : "";
  element("curl").textContent =
    `curl --noproxy '*'${trust} -H 'Authorization: Bearer ${facts.token}' ` +
    `'${facts.url}${facts.request ?? "/"}'`;

  for (const app of facts.apps) {
    const row = element("apps").insertRow();
    for (const text of [app.client_id, app.client_secret]) {
      const code = document.createElement("code");
      code.textContent = text;
      row.insertCell().append(code);
    }
    const elsewhere = app.tenant === facts.tenant ? "" : ` (tenant ${app.tenant})`;
    row.insertCell().textContent = app.note + elsewhere;
  }

  element("public-client").textContent = facts.public_clients.map((client) => client.name).join(", ");
  for (const user of facts.users) {
    const row = element("users").insertRow();
    const code = document.createElement("code");
    code.textContent = user.name;
    row.insertCell().append(code);
    row.insertCell().textContent = user.note;
  }

  const copy = async (button, source) => {
    const label = button.textContent;
    try {
      await navigator.clipboard.writeText(source.textContent);
      button.textContent = "Copied";
    } catch {
      // The browser does not allow it, but a person can do it.
      getSelection().selectAllChildren(source);
      button.textContent = "Selected";
    }
    setTimeout(() => { button.textContent = label; }, 2000);
  };
  for (const button of document.querySelectorAll("button[data-copies]")) {
    button.addEventListener("click", () => copy(button, element(button.dataset.copies)));
  }

  const ui = SwaggerUIBundle({
    url: "/openapi.json",
    dom_id: "#swagger-ui",
    // It would have a site on the internet judge the contract.
    validatorUrl: null,
    onComplete: () => {
      // There is nothing to authorize before the contract is read.
      element("authorize").disabled = false;
      fillInExamples();
    },
  });
  // By itself Swagger UI would fill in the default of a schema before an example.
  const fillInExamples = () => {
    for (const [path, item] of Object.entries(ui.specSelectors.specJson().toJS().paths)) {
      for (const [method, operation] of Object.entries(item)) {
        for (const parameter of operation.parameters ?? []) {
          const [example] = Object.values(parameter.examples ?? {});
          if (example) {
            ui.specActions.changeParam([path, method], parameter.name, parameter.in, String(example.value), false);
          }
        }
      }
    }
  };
  const [firstApp] = facts.apps;
  ui.initOAuth({ clientId: firstApp.client_id, clientSecret: firstApp.client_secret, scopes: facts.scope });

  element("authorize").addEventListener("click", () => {
    ui.preauthorizeApiKey("token", facts.token);
    element("authorized").textContent = "Authorized.";
  });
})();
