// The panel: its panes, jumping from a citation to its source and back, and the sheet of narrow
// screens. Nothing here asks the server.
(() => {
  "use strict";

  const { root, find, findAll, setAttribute, text, actions, refreshers } = evidenca;
  const narrow = matchMedia("(max-width: 820px)");

  // --- Panes ---

  const showPane = (pane) => {
    root.dataset.pane = pane;
    for (const tab of findAll("[data-pane-tab]")) {
      setAttribute(tab, "aria-selected", String(tab.dataset.paneTab === pane));
      setAttribute(tab, "tabindex", tab.dataset.paneTab === pane ? "0" : "-1");
    }
  };

  // --- From a citation to its source ---

  let citation = null; // the link last followed, to which Escape returns

  const showSource = (link) => {
    const key = link.getAttribute("href").slice("#cite-".length);
    const card = document.getElementById(`src-${key}`);
    if (!card) return;
    citation = link;
    clearMarks();
    card.classList.add("on");
    link.classList.add("on");
    const section = card.closest("[data-answer]");
    for (const other of findAll("#ev-sources [data-answer]")) other.hidden = other !== section;
    showPane("sources");
    openSheet();
    // Not scrollIntoView, which would move the page as well.
    const box = find("#ev-sources");
    const offset = card.getBoundingClientRect().top - box.getBoundingClientRect().top;
    box.scrollTo({ top: box.scrollTop + offset - 14 });
    card.focus({ preventScroll: true });
  };

  const clearMarks = () => {
    for (const marked of findAll(".ev-card.on, a[href^='#cite-'].on")) marked.classList.remove("on");
  };

  const returnToCitation = () => {
    closeSheet();
    if (citation?.isConnected) citation.focus();
  };

  // --- The sheet: on narrow screens the panel is a dialog over the conversation ---

  const openSheet = () => {
    if (!narrow.matches) return;
    root.dataset.sheet = "open";
    const panel = find("#ev-panel");
    panel.setAttribute("role", "dialog");
    panel.setAttribute("aria-modal", "true");
    panel.setAttribute("aria-label", text("sources.title"));
    for (const behind of findAll("#ev-header, #ev-chat-column")) behind.inert = true;
  };
  const closeSheet = () => {
    delete root.dataset.sheet;
    const panel = find("#ev-panel");
    for (const name of ["role", "aria-modal", "aria-label"]) panel.removeAttribute(name);
    for (const behind of findAll("#ev-header, #ev-chat-column")) behind.inert = false;
  };
  narrow.addEventListener("change", closeSheet);

  // --- Events ---

  actions["a[href^='#cite-']"] = showSource;
  actions["[data-close]"] = returnToCitation;
  actions["[data-pane-tab]"] = (tab) => showPane(tab.dataset.paneTab);

  document.addEventListener("click", (event) => {
    if (!root.dataset.sheet || event.defaultPrevented || !(event.target instanceof Element)) return;
    if (!event.target.closest("#ev-panel")) returnToCitation();
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    if (root.dataset.sheet || event.target.closest?.("#ev-panel")) returnToCitation();
  });

  const refresh = () => {
    showPane(root.dataset.pane ?? "sources");
    // A new answer shows its own sources; the card marked before is hidden or gone.
    if (!find(".ev-cards:not([hidden]) .ev-card.on")) clearMarks();
    for (const link of findAll("a[href^='#cite-']")) {
      setAttribute(link, "aria-label", text("card.source").replace("{marker}", link.textContent.trim()));
    }
  };
  refreshers.push(refresh);
  refresh();
})();
