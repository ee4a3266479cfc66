/* Passkeys: gives the server's challenge to the browser and its answer to the form; nothing is decided here. */
(function () {
  "use strict";

  function bytes(text) {
    var plain = atob(text.replace(/-/g, "+").replace(/_/g, "/")), out = new Uint8Array(plain.length);
    for (var i = 0; i < plain.length; i += 1) { out[i] = plain.charCodeAt(i); }
    return out;
  }

  function text(buffer) {
    var plain = "", all = new Uint8Array(buffer);
    for (var i = 0; i < all.length; i += 1) { plain += String.fromCharCode(all[i]); }
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  function prepared(options) {
    var wanted = options.publicKey || options;
    wanted.challenge = bytes(wanted.challenge);
    if (wanted.user) { wanted.user.id = bytes(wanted.user.id); }
    ["excludeCredentials", "allowCredentials"].forEach(function (list) {
      (wanted[list] || []).forEach(function (one) { one.id = bytes(one.id); });
    });
    return { publicKey: wanted };
  }

  function answer(found) {
    var out = {}, given = found.response;
    ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"].forEach(function (part) {
      if (given[part]) { out[part] = text(given[part]); }
    });
    return JSON.stringify({
      id: found.id, rawId: text(found.rawId), type: found.type, response: out,
      clientExtensionResults: found.getClientExtensionResults()
    });
  }

  function challenge(form) {
    if (form.dataset.passkeyOptions) { return Promise.resolve(JSON.parse(form.dataset.passkeyOptions)); }
    return fetch(form.action, { headers: { Accept: "application/json" }, credentials: "same-origin" })
      .then(function (response) { return response.json(); })
      .then(function (data) { return data.request_options; });
  }

  document.querySelectorAll("form[data-passkey]").forEach(function (form) {
    var button = form.querySelector("button"), stopped = form.querySelector("[data-passkey-stopped]");
    if (!window.PublicKeyCredential) {
      form.querySelector("[data-passkey-cannot]").hidden = false;
      button.disabled = true;
      return;
    }
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      stopped.hidden = true;
      button.disabled = true;
      challenge(form)
        .then(function (options) { return navigator.credentials[form.dataset.passkey](prepared(options)); })
        .then(function (found) {
          form.querySelector("[name=credential]").value = answer(found);
          form.submit();
        })
        .catch(function () {
          stopped.hidden = false;
          button.disabled = false;
          if (form.dataset.passkeyOptions) { stopped.focus(); }
        });
    });
  });
}());
