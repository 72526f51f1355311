// What happens on the page without asking the server: the language of the interface, light and dark,
// the tabs. `evidencaStrings` ({key: {sl, en}}) comes from ui/strings.py. The scripts that follow build
// upon `evidenca`: they add to `actions` what a click does, by selector, and to `refreshers` what has
// to be put right when Gradio has drawn something anew; doing so twice must change nothing.
const evidenca = (() => {
  "use strict";

  const root = document.documentElement;
  const find = (selector, within = document) => within.querySelector(selector);
  const findAll = (selector, within = document) => [...within.querySelectorAll(selector)];
  const setAttribute = (element, name, value) => {
    if (element && element.getAttribute(name) !== value) element.setAttribute(name, value);
  };
  const setText = (element, value) => {
    if (element && element.textContent !== value) element.textContent = value;
  };

  // Storage may be forbidden; what is chosen then lasts as long as the page.
  const remember = (key, value) => {
    try {
      if (value === null) localStorage.removeItem(`evidenca-${key}`);
      else localStorage.setItem(`evidenca-${key}`, value);
    } catch {}
  };
  const recall = (key) => {
    try {
      return localStorage.getItem(`evidenca-${key}`);
    } catch {
      return null;
    }
  };

  // --- Language of the interface ---

  const isLanguage = (code) => code === "sl" || code === "en";
  const address = new URLSearchParams(location.search);
  root.lang = [
    address.get("lang"),
    recall("language"),
    ...navigator.languages.map((tag) => tag.slice(0, 2)),
    "sl",
  ].find(isLanguage);

  const text = (key) => evidencaStrings[key][root.lang];
  // The text of `key` for n things; the forms are those of ui/strings/bilingual.py.
  const counted = (key, n) => {
    const forms = { sl: { 1: "one", 2: "two", 3: "few", 4: "few" }[n % 100], en: n === 1 ? "one" : undefined };
    return text(`${key}.${forms[root.lang] ?? "other"}`).replace("{n}", n);
  };

  const chooseLanguage = (code) => {
    root.lang = code;
    remember("language", code);
    refresh();
  };

  // --- Light and dark: Gradio follows the system, a choice made here wins ---

  const applyTheme = () => {
    const chosen = recall("theme");
    if (chosen) document.body.classList.toggle("dark", chosen === "dark");
  };
  const toggleTheme = () => {
    remember("theme", document.body.classList.toggle("dark") ? "dark" : "light");
  };

  // --- Tabs of the page; the style sheet shows what html[data-part] names ---

  const opened = {}; // what to do when a tab is opened, by its name
  const showTab = (name) => {
    root.dataset.part = name;
    refreshTabs();
    opened[name]?.();
  };
  const refreshTabs = () => {
    for (const tab of findAll("[data-tab]")) {
      const chosen = tab.dataset.tab === (root.dataset.part ?? "chat");
      setAttribute(tab, "aria-selected", String(chosen));
      setAttribute(tab, "tabindex", chosen ? "0" : "-1");
      const panel = document.getElementById(tab.getAttribute("aria-controls"));
      setAttribute(panel, "role", "tabpanel");
      setAttribute(panel, "aria-labelledby", tab.id);
    }
  };
  const walkTabs = (event) => {
    const tab = event.target.closest?.("[data-tab]");
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!tab || !step) return;
    const tabs = findAll("[data-tab]");
    const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
    event.preventDefault();
    showTab(next.dataset.tab);
    next.focus();
  };
  document.addEventListener("keydown", walkTabs);

  // --- Clicks: one listener on the document, for Gradio replaces what is inside ---

  const actions = {
    "[data-language]": (button) => chooseLanguage(button.dataset.language),
    "[data-theme]": toggleTheme,
    "[data-tab]": (tab) => showTab(tab.dataset.tab),
    "[data-skip]": () => {
      showTab("chat");
      find("#ev-question textarea")?.focus();
    },
  };
  document.addEventListener(
    "click",
    (event) => {
      if (!(event.target instanceof Element)) return;
      for (const [selector, act] of Object.entries(actions)) {
        const target = event.target.closest(selector);
        if (!target) continue;
        // Gradio sets a <base>, so following a bare "#..." could reload the page and lose the chat.
        event.preventDefault();
        event.stopPropagation();
        act(target);
        return;
      }
    },
    true,
  );

  // --- What is drawn anew is put right again ---

  const refreshers = [];
  const refresh = () => {
    refreshTabs();
    for (const button of findAll("[data-language]")) {
      setAttribute(button, "aria-pressed", String(button.dataset.language === root.lang));
    }
    for (const element of findAll("[data-label]")) {
      setAttribute(element, "aria-label", text(element.dataset.label));
      if (element.tagName === "BUTTON") setAttribute(element, "title", text(element.dataset.label));
    }
    for (const again of refreshers) again();
  };

  let planned = 0;
  new MutationObserver(() => {
    planned ||= requestAnimationFrame(() => {
      planned = 0;
      refresh();
    });
  }).observe(document.body, { childList: true, subtree: true });

  applyTheme();
  refresh();
  return {
    root, find, findAll, setAttribute, setText, remember, recall, text, counted, address,
    actions, refreshers, opened, refresh, showTab,
  };
})();
