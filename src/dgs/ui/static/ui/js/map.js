/* A map under a cross for choosing a place: tiles on a canvas (Web Mercator), moved by hand, arrows and buttons. */
(function () {
  "use strict";
  var TILE = 256;

  document.querySelectorAll("[data-map]").forEach(function (box) {
    var canvas = box.querySelector("canvas"), pen = canvas.getContext("2d");
    var pair = box.closest("[data-point]").querySelectorAll("input");
    var kept = {}, zoom = 12, centre, from = null, drawn = 0;
    var ink = getComputedStyle(box).color;

    function size() { return TILE * Math.pow(2, zoom); }
    function toWorld(lat, lng) {
      var sine = Math.sin(lat * Math.PI / 180);
      return { x: (lng + 180) / 360, y: 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI) };
    }
    function toPlace(at) {
      return { lat: Math.atan(Math.sinh(Math.PI * (1 - 2 * at.y))) * 180 / Math.PI, lng: at.x * 360 - 180 };
    }
    function typed() {
      var lat = parseFloat(pair[0].value.replace(",", ".")), lng = parseFloat(pair[1].value.replace(",", "."));
      return Math.abs(lat) <= 85 && Math.abs(lng) <= 180 ? toWorld(lat, lng) : null;
    }
    function tell() {
      var place = toPlace(centre);
      pair[0].value = place.lat.toFixed(6);
      pair[1].value = place.lng.toFixed(6);
    }
    function tile(x, y) {
      var name = zoom + "/" + x + "/" + y;
      if (!kept[name]) {
        kept[name] = new Image();
        kept[name].onload = draw;
        kept[name].src = box.dataset.map.replace("{z}", zoom).replace("{x}", x).replace("{y}", y);
      }
      return kept[name];
    }
    function draw() {
      if (!drawn) { drawn = requestAnimationFrame(paint); }
    }
    function paint() {
      drawn = 0;
      var scale = devicePixelRatio || 1, wide = canvas.clientWidth, high = canvas.clientHeight, most = Math.pow(2, zoom);
      canvas.width = wide * scale;
      canvas.height = high * scale;
      pen.scale(scale, scale);
      var left = centre.x * size() - wide / 2, top = centre.y * size() - high / 2;
      for (var x = Math.floor(left / TILE); x * TILE < left + wide; x++) {
        for (var y = Math.floor(top / TILE); y * TILE < top + high; y++) {
          if (y < 0 || y >= most) { continue; }
          var one = tile(((x % most) + most) % most, y);
          if (one.complete && one.naturalWidth) { pen.drawImage(one, Math.round(x * TILE - left), Math.round(y * TILE - top), TILE, TILE); }
        }
      }
      pen.strokeStyle = ink;
      pen.lineWidth = 2;
      pen.beginPath();
      pen.arc(wide / 2, high / 2, 9, 0, 7);
      pen.moveTo(wide / 2 - 18, high / 2); pen.lineTo(wide / 2 + 18, high / 2);
      pen.moveTo(wide / 2, high / 2 - 18); pen.lineTo(wide / 2, high / 2 + 18);
      pen.stroke();
    }
    function move(x, y) { centre = { x: centre.x + x / size(), y: centre.y + y / size() }; tell(); draw(); }
    function closer(by) { zoom = Math.max(5, Math.min(18, zoom + by)); draw(); }

    canvas.addEventListener("pointerdown", function (e) { from = e; canvas.setPointerCapture(e.pointerId); });
    canvas.addEventListener("pointermove", function (e) {
      if (from) { move(from.clientX - e.clientX, from.clientY - e.clientY); from = e; }
    });
    canvas.addEventListener("pointerup", function () { from = null; });
    canvas.addEventListener("keydown", function (e) {
      var way = { ArrowLeft: [-20, 0], ArrowRight: [20, 0], ArrowUp: [0, -20], ArrowDown: [0, 20] }[e.key];
      if (way) { move(way[0], way[1]); } else if (e.key === "+" || e.key === "=") { closer(1); } else if (e.key === "-") { closer(-1); } else { return; }
      e.preventDefault();
    });
    box.addEventListener("click", function (e) { var by = e.target.closest("[data-zoom]"); if (by) { closer(Number(by.dataset.zoom)); } });
    pair.forEach(function (one) { one.addEventListener("change", function () { centre = typed() || centre; draw(); }); });

    centre = typed() || toWorld(Number(box.dataset.lat), Number(box.dataset.lng));
    box.hidden = false;
    new ResizeObserver(draw).observe(canvas);
    draw();
  });
})();
