/* The bill: what a live update has drawn anew gets its small aids back; without JavaScript the page is simply loaded again. */
(function () {
  "use strict";
  document.addEventListener("htmx:afterSwap", function () {
    document.querySelectorAll("#bill-state [data-copy], #bill-state [data-print]").forEach(function (one) { one.hidden = false; });
    document.querySelectorAll("#bill-state [data-print]").forEach(function (one) {
      one.addEventListener("click", function () { print(); });
    });
  });
})();
