/* Counts the characters and parts of an SMS while it is written, as segments.py does; the server counts again. */
(function () {
  "use strict";
  var plain = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
  var double = "\f^{}\\[~]|€";
  var typeset = { "\u00a0": " ", "’": "'", "‘": "'", "“": "\"", "”": "\"", "–": "-", "—": "-", "…": "..." };

  function count(text) {
    var letters = Array.from(Array.from(text.trim()).map(function (c) { return typeset[c] || c; }).join(""));
    var isPlain = letters.every(function (c) { return plain.indexOf(c) >= 0 || double.indexOf(c) >= 0; });
    var widths = letters.map(function (c) { return isPlain ? (double.indexOf(c) >= 0 ? 2 : 1) : c.length; });
    var length = widths.reduce(function (a, b) { return a + b; }, 0);
    var single = isPlain ? 160 : 70, several = isPlain ? 153 : 67, parts = 1, room = several;
    if (length > single) {
      widths.forEach(function (width) {
        if (width > room) { parts += 1; room = several; }
        room -= width;
      });
    }
    return { length: length, parts: parts, alphabet: isPlain ? "GSM-7" : "UCS-2" };
  }

  function watch(area, place, words) {
    function show() {
      var found = count(area.value);
      var said = words.said.replace("{length}", found.length).replace("{parts}", found.parts).replace("{alphabet}", found.alphabet);
      place.textContent = found.parts > Number(words.most) ? said + " – " + words.long : said;
    }
    area.addEventListener("input", show);
    show();
  }

  document.querySelectorAll("[data-sms]").forEach(function (area) {
    watch(area, document.getElementById(area.dataset.sms), area.dataset);
  });
  // A form whose fields are drawn by the design system names its areas.
  document.querySelectorAll("form[data-sms-areas]").forEach(function (form) {
    form.dataset.smsAreas.split(" ").forEach(function (name) {
      var place = document.createElement("p");
      place.className = "small muted num";
      form.elements[name].insertAdjacentElement("afterend", place);
      watch(form.elements[name], place, form.dataset);
    });
  });
})();
