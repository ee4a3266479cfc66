/* Aids for long forms: file size said before sending, my location, looking an area up while typing; none is needed to send. */
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

  doc.querySelectorAll("[data-locate]").forEach(function (button) {
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
  });

  doc.querySelectorAll("[data-region]").forEach(function (box) {
    var input = box.querySelector("input[type=text]"), code = box.querySelector("input[type=hidden]");
    var list = box.querySelector("[role=listbox]"), at = -1, timer, asked = 0;
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("aria-controls", list.id);

    function shut() { list.hidden = true; at = -1; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); }
    function options() { return list.querySelectorAll("[role=option]"); }
    function mark(index) {
      var all = options();
      at = (index + all.length) % all.length;
      all.forEach(function (one, i) { one.setAttribute("aria-selected", String(i === at)); });
      input.setAttribute("aria-activedescendant", all[at].id);
      all[at].scrollIntoView({ block: "nearest" });
    }
    function take(option) {
      input.value = option.dataset.label;
      code.value = option.dataset.code;
      shut();
      code.dispatchEvent(new Event("change", { bubbles: true }));
    }
    function ask() {
      var text = input.value.trim(), mine = ++asked;
      if (text.length < 2) { shut(); return; }
      var query = new URLSearchParams({ q: text });
      if (box.dataset.level) { query.set("level", box.dataset.level); }
      if (box.dataset.within) { query.set("within", box.dataset.within); }
      fetch(box.dataset.region + "?" + query, { headers: { Accept: "application/json" } })
        .then(function (answer) { return answer.ok ? answer.json() : { results: [] }; })
        .then(function (found) { if (mine === asked) { draw(found.results || []); } })
        .catch(shut);
    }
    function draw(found) {
      list.textContent = "";
      found.forEach(function (one, i) {
        var row = doc.createElement("li"), small = doc.createElement("small");
        row.id = list.id + "-" + i;
        row.setAttribute("role", "option");
        row.dataset.code = one.code;
        row.dataset.label = one.label;
        row.textContent = one.name;
        small.textContent = one.label;
        row.appendChild(small);
        list.appendChild(row);
      });
      list.hidden = !found.length;
      at = -1;
      input.setAttribute("aria-expanded", String(found.length > 0));
    }

    input.addEventListener("input", function () { code.value = ""; clearTimeout(timer); timer = setTimeout(ask, 200); });
    input.addEventListener("keydown", function (event) {
      if (list.hidden) { return; }
      if (event.key === "ArrowDown") { mark(at + 1); }
      else if (event.key === "ArrowUp") { mark(at - 1); }
      else if (event.key === "Enter" && at >= 0) { take(options()[at]); }
      else if (event.key === "Escape") { shut(); }
      else { return; }
      event.preventDefault();
    });
    list.addEventListener("mousedown", function (event) {
      var option = event.target.closest("[role=option]");
      if (option) { event.preventDefault(); take(option); }
    });
    input.addEventListener("blur", shut);
  });
})();
