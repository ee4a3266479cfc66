/* Looking an area up while typing: a combobox after the ARIA pattern; without it the server offers the matches. */
(function () {
  "use strict";
  var doc = document;

  function bring(box) {
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
  }

  doc.querySelectorAll("[data-region]").forEach(bring);
  doc.addEventListener("dgs:added", function (event) { event.target.querySelectorAll("[data-region]").forEach(bring); });
})();
