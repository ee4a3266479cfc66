/* Keys of the desk: j and k move in the list, Enter opens, c claims, / searches, ? lists the keys; the list works without. */
(function () {
  "use strict";
  var doc = document, at = -1;

  function rows() { return Array.prototype.slice.call(doc.querySelectorAll("[data-row]")); }

  function go(step) {
    var all = rows();
    if (!all.length) { return; }
    at = Math.max(0, Math.min(all.length - 1, at + step));
    all.forEach(function (row, index) { row.setAttribute("aria-selected", String(index === at)); });
    all[at].scrollIntoView({ block: "nearest" });
    var link = all[at].querySelector("[data-open]");
    if (link) {
      link.focus({ preventScroll: true });
      all[at].dispatchEvent(new CustomEvent("dgs:row", { bubbles: true }));
    }
  }

  /* On a case its own button; in the list the row one stands in and no other, by the button for the marked ones. */
  function claim(row) {
    var own = doc.querySelector("[data-claim]"), many = doc.querySelector("[data-claim-marked]");
    var box = row && row.querySelector("input[type=checkbox]");
    if (own) { own.click(); return true; }
    if (!many || !box) { return false; }
    doc.querySelectorAll("[data-row] input[type=checkbox]").forEach(function (one) { one.checked = one === box; });
    many.click();
    return true;
  }

  doc.addEventListener("keydown", function (event) {
    var busy = event.target.closest("input, textarea, select, [contenteditable]");
    if (busy || event.ctrlKey || event.metaKey || event.altKey) {
      if (busy && event.key === "Escape") { event.target.blur(); }
      return;
    }
    var row = rows()[at];
    if (event.key === "j") { go(1); }
    else if (event.key === "k") { go(-1); }
    else if (event.key === "c" && claim(row)) { /* done */ }
    else if (event.key === "Enter" && row && event.target === doc.body) { row.querySelector("[data-open]").click(); }
    else if (event.key === "x" && row && row.querySelector("input[type=checkbox]")) { row.querySelector("input[type=checkbox]").click(); }
    else if (event.key === "/") { var search = doc.getElementById("desk-q"); if (search) { search.focus(); search.select(); } }
    else if (event.key === "?") { var keys = doc.getElementById("keys"); if (keys) { keys.open = !keys.open; } }
    else { return; }
    event.preventDefault();
  });

  doc.addEventListener("focusin", function (event) {
    var row = event.target.closest("[data-row]");
    if (row) { at = rows().indexOf(row); }
  });

  doc.addEventListener("change", function (event) {
    if (!event.target.matches("[data-all]")) { return; }
    doc.querySelectorAll("[data-row] input[type=checkbox]").forEach(function (box) { box.checked = event.target.checked; });
  });
})();
