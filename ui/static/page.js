// What happens on the page without asking the server: the language of the interface, light and dark,
// and the names of Gradio's own buttons. `evidencaStrings` ({key: {sl, en}}) comes from ui/strings.py.
// The scripts that follow (panel.js) build upon `evidenca`: they add to `actions` what a click does,
// by selector, and to `refreshers` what has to be put right when Gradio has drawn something anew.
const evidenca = (() => {
  "use strict";

  const root = document.documentElement;
  const find = (selector, within = document) => within.querySelector(selector);
  const findAll = (selector, within = document) => [...within.querySelectorAll(selector)];

  const remember = (key, value) => {
    try {
      localStorage.setItem(`evidenca-${key}`, value);
    } catch {
      // Storage may be forbidden; the choice then lasts as long as the page.
    }
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
  const preferred = [
    new URLSearchParams(location.search).get("lang"),
    recall("language"),
    ...navigator.languages.map((tag) => tag.slice(0, 2)),
    "sl",
  ];
  root.lang = preferred.find(isLanguage);

  const text = (key) => evidencaStrings[key][root.lang];

  const chooseLanguage = (code) => {
    root.lang = code;
    remember("language", code);
    refresh();
    find("#ev-switch-language").click();
  };

  // --- Light and dark: Gradio follows the system, a choice made here wins ---

  const applyTheme = () => {
    const chosen = recall("theme");
    if (chosen) document.body.classList.toggle("dark", chosen === "dark");
  };
  const toggleTheme = () => {
    remember("theme", document.body.classList.toggle("dark") ? "dark" : "light");
  };

  // --- Events: one listener each on the document, for Gradio replaces what is inside ---

  const actions = {
    "[data-language]": (button) => chooseLanguage(button.dataset.language),
    "[data-theme]": toggleTheme,
    "[data-skip]": () => find("#ev-question textarea").focus(),
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
      const about = find(".ev-about[open]");
      if (about && !about.contains(event.target)) about.open = false;
    },
    true,
  );

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const about = find(".ev-about[open]");
    if (!about) return;
    event.preventDefault();
    about.open = false;
    find("summary", about).focus();
  });

  // Gradio copies the Markdown of a message, a reader wants its text. Ours is written second, and stays.
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("#ev-chat .message-buttons button");
    if (button?.dataset.name !== "Copy message") return;
    const content = findAll(".message-content", button.closest(".message-buttons").previousElementSibling).pop();
    if (content) setTimeout(() => navigator.clipboard.writeText(plainText(content)));
  });

  const plainText = (content) => {
    const copy = content.cloneNode(true);
    for (const link of findAll("a[href^='#cite-']", copy)) link.replaceWith(`[${link.textContent.trim()}]`);
    return findAll("p, li:not(:has(p))", copy)
      .map((block) => block.textContent.trim())
      .join("\n");
  };

  // --- What Gradio draws anew is put right again; doing so twice must change nothing ---

  const setAttribute = (element, name, value) => {
    if (element && element.getAttribute(name) !== value) element.setAttribute(name, value);
  };

  const names = new Map(
    Object.keys(evidencaStrings)
      .filter((key) => key.startsWith("gradio."))
      .map((key) => [evidencaStrings[key].en, key]),
  );

  const refreshers = [];
  const refresh = () => {
    for (const again of refreshers) again();
    for (const button of findAll("[data-language]")) {
      setAttribute(button, "aria-pressed", String(button.dataset.language === root.lang));
    }
    for (const element of findAll("[data-label]")) {
      setAttribute(element, "aria-label", text(element.dataset.label));
      if (element.tagName === "BUTTON") setAttribute(element, "title", text(element.dataset.label));
    }
    for (const button of findAll("#ev-chat button[aria-label]")) {
      const name = button.dataset.name ?? button.getAttribute("aria-label");
      if (!names.has(name)) continue;
      button.dataset.name = name;
      setAttribute(button, "aria-label", text(names.get(name)));
      setAttribute(button, "title", text(names.get(name)));
    }
    setAttribute(find("#ev-chat [role='log']"), "aria-label", text("chat.label"));
    setAttribute(find("#ev-question .submit-button"), "aria-label", text("question.send"));
    const examples = find("#ev-chat .examples");
    setAttribute(examples, "role", "group");
    setAttribute(examples, "aria-label", text("chat.examples"));
    // Gradio names messages (by their Markdown), examples and icons in English; their text is name enough.
    for (const named of findAll("#ev-chat :is([data-testid], .example, svg)[aria-label]")) {
      named.removeAttribute("aria-label");
    }
    // It also puts a nameless button into a button.
    for (const button of findAll("#ev-chat .title[role='button'] button")) button.inert = true;
    // The chat and the sources are drawn from the same exchanges, so they stand in the same order.
    const questions = findAll("#ev-sources .ev-asked");
    for (const side of [".user-row .message-content", ".bot-row .thought .message-content"]) {
      findAll(`#ev-chat ${side}`).forEach((content, n) => setAttribute(content, "lang", questions[n]?.lang ?? ""));
    }
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
  return { root, find, findAll, setAttribute, remember, recall, text, actions, refreshers };
})();
