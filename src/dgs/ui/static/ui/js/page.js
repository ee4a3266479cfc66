/* Small aids for every page: theme switch, one submit only, copy, show password, focus on errors; pages work without it. */
(function () {
  "use strict";
  var doc = document, root = doc.documentElement;

  window.dgsSay = function (text) {
    var live = doc.getElementById("live");
    if (live) { live.textContent = ""; setTimeout(function () { live.textContent = text; }, 50); }
  };

  function isDark() {
    var set = root.dataset.theme;
    return set ? set === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  }

  doc.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.hasAttribute("data-scheme-switch")) {
      event.preventDefault();
      var next = isDark() ? "light" : "dark";
      root.dataset.theme = next;
      doc.cookie = "dgs_theme=" + next + ";path=/;max-age=31536000;samesite=lax" + (location.protocol === "https:" ? ";secure" : "");
      return;
    }
    if (form.method !== "post" || event.defaultPrevented) { return; }
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    var pressed = event.submitter;
    if (pressed) { setTimeout(function () { pressed.setAttribute("aria-busy", "true"); }, 0); }
    setTimeout(release, 15000);
    function release() { delete form.dataset.sent; if (pressed) { pressed.removeAttribute("aria-busy"); } }
  });

  /* Back from another page: the guard of double sending must not stay shut. */
  addEventListener("pageshow", function () {
    doc.querySelectorAll("form[data-sent]").forEach(function (form) { delete form.dataset.sent; });
    doc.querySelectorAll("[aria-busy]").forEach(function (one) { one.removeAttribute("aria-busy"); });
  });

  doc.addEventListener("click", function (event) {
    var copy = event.target.closest("[data-copy]"), reveal = event.target.closest("[data-reveal]");
    if (copy && navigator.clipboard) {
      navigator.clipboard.writeText(copy.dataset.copy).then(function () {
        window.dgsSay(copy.dataset.copied || "");
        copy.classList.add("is-copied");
        setTimeout(function () { copy.classList.remove("is-copied"); }, 2000);
      });
    }
    if (reveal) {
      var input = doc.getElementById(reveal.dataset.reveal), shows = input.type === "password";
      input.type = shows ? "text" : "password";
      reveal.setAttribute("aria-pressed", String(shows));
    }
    doc.querySelectorAll("details.dropdown[open]").forEach(function (open) {
      if (!open.contains(event.target)) { open.open = false; }
    });
  });

  doc.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") { return; }
    doc.querySelectorAll("details.dropdown[open]").forEach(function (open) {
      open.open = false;
      open.querySelector("summary").focus();
    });
  });

  doc.addEventListener("DOMContentLoaded", function () {
    doc.querySelectorAll("[data-reveal], [data-copy]").forEach(function (one) { one.hidden = false; });
    var errors = doc.querySelector("[data-focus]");
    if (errors) { errors.focus(); }
    doc.querySelectorAll("[data-print]").forEach(function (one) {
      one.hidden = false;
      one.addEventListener("click", function () { print(); });
    });
  });
})();
