/* Shows notices that were sealed for this browser, and leads to the messages of the account; keeps nothing. */
"use strict";
self.addEventListener("install", function () { self.skipWaiting(); });
self.addEventListener("activate", function (event) { event.waitUntil(self.clients.claim()); });

self.addEventListener("push", function (event) {
  var told = {};
  try { told = event.data.json(); } catch (error) { told = {}; }
  event.waitUntil(self.registration.showNotification({{ title|safe }}, {
    body: String(told.body || {{ words|safe }}), tag: String(told.tag || "dgs"), lang: String(told.lang || "id"), icon: {{ icon|safe }},
    data: { url: String(told.url || "/akun/pesan") }
  }));
});

self.addEventListener("notificationclick", function (event) {
  event.notification.close();
  var to = new URL(event.notification.data.url, self.location.origin);
  if (to.origin !== self.location.origin) { return; }
  event.waitUntil(self.clients.matchAll({ type: "window", includeUncontrolled: true }).then(function (open) {
    var here = open.filter(function (one) { return new URL(one.url).pathname === to.pathname; })[0];
    return here ? here.focus() : self.clients.openWindow(to.href);
  }));
});
