/* The demo's own script: nothing here is needed to embed collabchat by the one-line script.
   It shows the JavaScript API (sections.html) and copies the snippet (index.html).
   It is loaded with `defer` after the widget's script, so the page is parsed and the API, if it came, is there. */
(function () {
  "use strict";

  // Every element with data-discuss="some-url-id" gets a widget of its own, under that id.
  function startSections() {
    if (!window.CollabChat) return; // the widget's script did not load: the page stays a page
    document.querySelectorAll("[data-discuss]").forEach(function (section) {
      var heading = section.querySelector("h2");
      window.CollabChat(section, {
        tenantId: "demo",
        urlId: section.dataset.discuss,
        pageTitle: heading ? heading.textContent : document.title,
        locale: "en",
      });
    });
  }

  // The snippet names the server that shows this page.
  function nameThisServer() {
    document.querySelectorAll("[data-origin]").forEach(function (place) {
      if (/^https?:$/.test(location.protocol)) place.textContent = location.origin;
    });
  }

  function selectAll(element) {
    var range = document.createRange();
    range.selectNodeContents(element);
    var selection = window.getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
  }

  function wireCopyButtons() {
    document.querySelectorAll("button[data-copy]").forEach(function (button) {
      var source = document.querySelector(button.dataset.copy);
      var label = button.textContent;
      var timer;
      function done() {
        button.textContent = button.dataset.done;
        clearTimeout(timer);
        timer = setTimeout(function () { button.textContent = label; }, 2000);
      }
      // Without the clipboard (plain HTTP on another machine) the text is selected, ready for Ctrl+C.
      function fallBack() { selectAll(source); }
      button.setAttribute("aria-live", "polite");
      button.hidden = false;
      button.addEventListener("click", function () {
        if (!navigator.clipboard) return fallBack();
        navigator.clipboard.writeText(source.textContent).then(done, fallBack);
      });
    });
  }

  startSections();
  nameThisServer();
  wireCopyButtons();
})();
