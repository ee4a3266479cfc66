/* Aids for forms: file size said before sending, my location, coordinates pasted as a pair; none is needed to send. */
(function () {
  "use strict";
  var doc = document;

  doc.addEventListener("change", function (event) {
    var box = event.target.closest("[data-files]");
    if (!box || event.target.type !== "file") { return; }
    var limit = Number(box.dataset.maxMb) * 1024 * 1024, said = box.querySelector("[data-said]");
    var big = Array.prototype.filter.call(event.target.files, function (file) { return limit && file.size > limit; });
    said.hidden = !big.length;
    said.textContent = big.length ? box.dataset.tooBig + big.map(function (file) { return file.name; }).join(", ") : "";
    if (big.length) { event.target.value = ""; }
  });

  function bring(button) {
    if (!navigator.geolocation) { return; }
    button.hidden = false;
    button.addEventListener("click", function () {
      var box = button.closest("[data-point]"), pair = box.querySelectorAll("input"), said = box.querySelector("[data-said]");
      said.textContent = button.dataset.wait || "";
      navigator.geolocation.getCurrentPosition(function (found) {
        pair[0].value = found.coords.latitude.toFixed(6);
        pair[1].value = found.coords.longitude.toFixed(6);
        said.textContent = (button.dataset.found || "") + " ±" + Math.round(found.coords.accuracy) + " m";
        pair[1].dispatchEvent(new Event("change", { bubbles: true }));
      }, function () { said.textContent = button.dataset.failed || ""; }, { enableHighAccuracy: true, timeout: 15000 });
    });
  }

  doc.querySelectorAll("[data-locate]").forEach(bring);
  doc.addEventListener("dgs:added", function (event) { event.target.querySelectorAll("[data-locate]").forEach(bring); });

  /* Map programs copy a place as "-2.7613, 104.7754": take the pair apart wherever it is pasted. */
  doc.addEventListener("paste", function (event) {
    var box = event.target.closest("[data-point]");
    if (!box || !event.clipboardData) { return; }
    var found = event.clipboardData.getData("text").match(/^\s*\(?(-?\d{1,2}\.\d+)[,;\s]+(-?\d{1,3}\.\d+)\)?\s*$/);
    if (!found) { return; }
    event.preventDefault();
    var pair = box.querySelectorAll("input");
    pair[0].value = found[1];
    pair[1].value = found[2];
    pair[1].dispatchEvent(new Event("change", { bubbles: true }));
  });
})();
