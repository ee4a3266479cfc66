/* Switches notices of the browser on and off on the page of choices; the page works without it, but for these two buttons. */
(function () {
  "use strict";
  var box = document.querySelector("[data-notices]");
  if (!box) { return; }
  var on = box.querySelector("[data-notices-on]"), off = box.querySelector("[data-notices-off]");
  var said = box.querySelector("[data-notices-said]");

  function say(name) {
    said.textContent = name ? said.dataset[name] : "";
    if (name && window.dgsSay) { window.dgsSay(said.textContent); }
  }
  function show(subscription) {
    on.hidden = !!subscription;
    off.hidden = !subscription;
  }
  function bytes(text) {
    var raw = atob(text.replace(/-/g, "+").replace(/_/g, "/")), found = new Uint8Array(raw.length);
    for (var at = 0; at < raw.length; at += 1) { found[at] = raw.charCodeAt(at); }
    return found;
  }
  function tell(what) {
    return fetch(box.dataset.url, {
      method: "POST", body: JSON.stringify(what), credentials: "same-origin",
      headers: { "Content-Type": "application/json", "X-CSRFToken": document.querySelector("[name=csrfmiddlewaretoken]").value }
    }).then(function (answer) { if (answer.status !== 204) { throw new Error("refused"); } });
  }

  if (!("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) { say("cannot"); return; }
  if (Notification.permission === "denied") { say("denied"); return; }
  say("");
  navigator.serviceWorker.register(box.dataset.worker, { scope: "/" }).then(function () {
    return navigator.serviceWorker.ready;
  }).then(function (worker) {
    on.addEventListener("click", function () {
      on.disabled = true;
      worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(box.dataset.notices) })
        .then(function (made) { return tell(made.toJSON()).then(function () { show(made); say("done"); }); })
        .catch(function () { say(Notification.permission === "denied" ? "denied" : "failed"); })
        .then(function () { on.disabled = false; });
    });
    off.addEventListener("click", function () {
      off.disabled = true;
      worker.pushManager.getSubscription()
        .then(function (made) {
          return made && tell({ endpoint: made.endpoint, end: true }).then(function () { return made.unsubscribe(); });
        })
        .then(function () { show(null); say("ended"); })
        .catch(function () { say("failed"); })
        .then(function () { off.disabled = false; });
    });
    return worker.pushManager.getSubscription().then(show);
  }).catch(function () { say("cannot"); });
})();
