/* Questions that come and go with another's answer: the server is asked, and only what is new is put in or taken out, so that
   nobody's typing, place or chosen file is disturbed. Without it saving the page shows them. */
(function () {
  "use strict";
  var doc = document, box = doc.querySelector("[data-asks]"), running = null, timer;
  if (!box) { return; }
  var deciding = box.dataset.asks.split(" ");

  function decides(name) {
    return deciding.some(function (one) { return name === one || name.indexOf(one + "-") === 0; });
  }
  /* What makes a question the same: its words and controls, not what is answered. A known answer is nothing but words. */
  function nature(field) {
    var controls = Array.prototype.map.call(field.querySelectorAll("input, select, textarea, button"), function (one) {
      return one.tagName + one.type + one.name;
    });
    return controls.length ? field.querySelector(".field__label, .choice").textContent + controls : field.textContent;
  }
  function rows(field) { return field.querySelectorAll(".rows__fields"); }

  function merge(old, fresh) {
    var at = old.firstElementChild;
    function drop() { var next = at.nextElementSibling; at.remove(); at = next; }
    Array.prototype.forEach.call(fresh.children, function (one) {
      var own = one.id && doc.getElementById(one.id), here = own && own.parentNode === old;
      var same = here && nature(own) === nature(one);
      var listed = here && !same && rows(one).length && rows(own).length === rows(one).length;
      if (!same && !listed) {
        old.insertBefore(doc.importNode(one, true), at).dispatchEvent(new CustomEvent("dgs:added", { bubbles: true }));
        return;
      }
      if (listed) { rows(own).forEach(function (row, index) { merge(row, rows(one)[index]); }); }
      while (at && at !== own) { drop(); }
      at = own.nextElementSibling;
    });
    while (at) { drop(); }
  }

  function ask() {
    var sent = new URLSearchParams({ _peek: "1" });
    new FormData(box.closest("form")).forEach(function (value, name) {
      if (typeof value === "string") { sent.append(name, value); }
    });
    if (running) { running.abort(); }
    running = new AbortController();
    fetch(location.pathname, { method: "POST", body: sent, signal: running.signal })
      .then(function (answer) { return answer.ok && !answer.redirected ? answer.text() : ""; })
      .then(function (text) {
        var fresh = new DOMParser().parseFromString(text, "text/html").getElementById(box.id);
        if (fresh) { merge(box, fresh); }
      })
      .catch(function () {});
  }

  box.addEventListener("change", function (event) {
    if (!event.target.name || !decides(event.target.name)) { return; }
    clearTimeout(timer);
    timer = setTimeout(ask, 100);
  });
})();
