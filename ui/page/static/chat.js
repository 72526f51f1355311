// The conversation: wishes carried to the server, copies, files to save, history in the browser, a
// question in the address, shortcuts, and the names of Gradio's own buttons.
(() => {
  "use strict";

  const { root, find, findAll, setAttribute, setText, remember, recall, text, counted } = evidenca;
  const { address, actions, refreshers, opened, refresh, showTab } = evidenca;
  const MAX_CHARS = 2000; // of a question; the server counts again
  const MAX_KEPT = 30; // questions in the history

  // --- Wishes: a hidden button is pressed, and its event fetches here what is wanted ---

  let wanted = "";
  evidenca.takeWish = () => wanted;
  // Gradio draws the parts of the page one by one; a wish that comes before the last of them waits.
  const PARTS = ["#ev-question textarea", "#ev-chat .wrapper", "#ev-ask", "#ev-restore", "#ev-save", "#ev-follow-ups"];
  let waiting = null;
  const wish = (button, value) => {
    if (root.dataset.ready === undefined) {
      waiting = [button, value];
      return;
    }
    wanted = value;
    find(`#${button}`).click();
  };
  const refreshReady = () => {
    if (root.dataset.ready !== undefined || !PARTS.every((part) => find(part))) return;
    root.dataset.ready = "";
    if (waiting) wish(...waiting);
  };

  const ask = (question) => {
    showTab("chat");
    if (question.trim() && !isBusy()) wish("ev-ask", question.slice(0, MAX_CHARS));
  };
  const isBusy = () => find("#ev-question .stop-button") !== null;

  // --- Files: made by the server, saved by the browser, on the first click ---

  evidenca.save = (file) => {
    setText(find("[data-export-problem]"), file.problem);
    if (file.problem) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([file.text], { type: `${file.mime};charset=utf-8` }));
    link.download = file.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  };

  // --- Copies: an answer with its sources; a question as it was asked ---

  const exchanges = () => findAll("#ev-answers [data-copy-of]");

  const COPY = "#ev-chat .message-buttons button[data-name='Copy message']";
  const copy = (button) => {
    const bar = button.closest(".message-buttons");
    const isAnswer = (other) => other.classList.contains("bot") || other.classList.contains("message-buttons-left");
    const alike = findAll("#ev-chat .message-buttons").filter((other) => isAnswer(other) === isAnswer(bar));
    const exchange = exchanges()[alike.indexOf(bar)];
    if (!exchange) return;
    navigator.clipboard.writeText(isAnswer(bar) ? exchange.textContent : exchange.dataset.question);
    button.dataset.name = "Copied message";
    refresh();
    setTimeout(() => {
      button.dataset.name = "Copy message";
      refresh();
    }, 2000);
  };

  // --- History: only the questions, only when chosen; answers are made anew ---

  const keeps = () => recall("keep-history") === "yes";
  const kept = () => {
    try {
      const values = JSON.parse(recall("history") ?? "[]");
      if (!Array.isArray(values)) return [];
      return values.filter((value) => typeof value === "string" && value.length <= MAX_CHARS).slice(-MAX_KEPT);
    } catch {
      return [];
    }
  };
  const keep = () => {
    const questions = exchanges().map((exchange) => exchange.dataset.question);
    if (keeps() && questions.length) remember("history", JSON.stringify(questions.slice(-MAX_KEPT)));
  };
  const refreshHistory = () => {
    keep();
    const box = find("[data-keep-history]");
    if (box && box.checked !== keeps()) box.checked = keeps();
    const offer = find("[data-restore]");
    if (!offer) return;
    const n = kept().length;
    const shown = keeps() && n > 0;
    if (offer.hidden === shown) offer.hidden = !shown;
    if (shown) setText(offer, counted("history.restore", n));
  };
  document.addEventListener("change", (event) => {
    if (!event.target.matches?.("[data-keep-history]")) return;
    remember("keep-history", event.target.checked ? "yes" : null);
    if (!event.target.checked) remember("history", null);
    refresh();
  });
  const forget = () => {
    remember("history", null);
    remember("keep-history", null);
    refresh();
    setText(find("[data-history-status]"), text("history.deleted"));
  };

  // --- Clicks ---

  // Before Gradio, which would copy the Markdown of a message.
  actions[COPY] = copy;
  actions["[data-ask]"] = (element) => ask(element.dataset.ask);
  actions["[data-restore]"] = () => wish("ev-restore", JSON.stringify(kept()));
  actions["[data-delete-history]"] = forget;
  actions["[data-save]"] = (button) => wish("ev-save", button.dataset.save);

  // --- The list of verdicts, which Gradio opens for a pointer only ---

  document.addEventListener("focusin", (event) => {
    const list = event.target.closest?.("#ev-chat .extra-feedback");
    for (const open of findAll("#ev-chat .extra-feedback[data-open]")) if (open !== list) delete open.dataset.open;
    // Not after a click: closing later, the list would move what is clicked next.
    if (list && event.target.matches(":focus-visible")) list.dataset.open = "";
  });

  // --- Shortcuts: with Alt and Shift, so that nothing happens by a slip; letters by their place ---

  const shortcuts = {
    KeyQ: () => {
      showTab("chat");
      find("#ev-question textarea")?.focus();
    },
    KeyC: () => showTab("chat"),
    KeyE: () => showTab("evaluation"),
    KeyA: () => showTab("about"),
  };
  const openSource = (n) => {
    const last = findAll("#ev-chat .bot-row").pop();
    const link = last && findAll("a[href^='#cite-']", last).find((cited) => cited.getAttribute("href").endsWith(`-${n}`));
    if (!link) return;
    showTab("chat");
    link.click();
  };
  document.addEventListener("keydown", (event) => {
    if (!event.altKey || !event.shiftKey || event.ctrlKey || event.metaKey) return;
    const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code);
    const act = digit ? () => openSource(digit[1]) : shortcuts[event.code];
    if (!act) return;
    event.preventDefault();
    act();
  });

  // --- The evaluation is fetched when its tab is first opened ---

  const showEvaluation = async (choice = {}) => {
    const place = find("#ev-evaluation-content");
    place.dataset.state = "there";
    try {
      const answer = await fetch(`evaluation?${new URLSearchParams(choice)}`);
      if (!answer.ok) throw new Error(answer.statusText);
      place.innerHTML = await answer.text();
    } catch {
      setText(place.firstElementChild, text("evaluation.failed"));
      delete place.dataset.state; // the next opening tries again
    }
    refresh();
  };
  opened.evaluation = () => {
    if (find("#ev-evaluation-content") && !find("#ev-evaluation-content").dataset.state) showEvaluation();
  };
  document.addEventListener("change", (event) => {
    if (!event.target.matches?.("[data-run], [data-compare]")) return;
    const other = event.target.matches("[data-compare]") ? event.target.value : "";
    showEvaluation({ run: find("[data-run]").value, other });
  });

  // --- A question in the address is asked once: going back or reloading does not ask again ---

  const askAddress = () => {
    const question = address.get("q");
    if (question === null) return;
    address.delete("q");
    const rest = address.toString();
    history.replaceState(history.state, "", location.pathname + (rest ? `?${rest}` : ""));
    ask(question);
  };

  // --- Names of Gradio's own buttons and fields, in the reader's language ---

  const names = new Map(
    Object.keys(evidencaStrings)
      .filter((key) => key.startsWith("gradio."))
      .map((key) => [evidencaStrings[key].en, key]),
  );
  const verdicts = new Map(
    Object.keys(evidencaStrings)
      .filter((key) => key.startsWith("verdict."))
      .map((key) => [evidencaStrings[key].en, key]),
  );

  const refreshNames = () => {
    for (const button of findAll("#ev-chat button[aria-label]")) {
      const label = button.getAttribute("aria-label");
      // Gradio changes a name as the button changes ("Like", "Liked"), so a name of its own is read anew.
      if (names.has(label)) button.dataset.name = label;
      const name = button.dataset.name;
      if (!names.has(name)) continue;
      setAttribute(button, "aria-label", text(names.get(name)));
      setAttribute(button, "title", text(names.get(name)));
    }
    for (const choice of findAll("#ev-chat .extra-feedback-option")) {
      const label = choice.textContent.trim();
      if (verdicts.has(label)) choice.dataset.name = label;
      if (verdicts.has(choice.dataset.name)) setText(choice, text(verdicts.get(choice.dataset.name)));
    }
    setAttribute(find("#ev-chat [role='log']"), "aria-label", text("chat.label"));
    const box = find("#ev-question textarea");
    setAttribute(box, "placeholder", text("question.placeholder"));
    setAttribute(box, "aria-label", text("question.label"));
    const label = find("#ev-question [data-testid='block-info']")?.firstChild;
    if (label && label.data !== text("question.label")) label.data = text("question.label");
    setAttribute(find("#ev-question .submit-button"), "aria-label", text("question.send"));
    setAttribute(find("#ev-question .stop-button"), "aria-label", text("question.stop"));
    for (const button of findAll("[data-save]")) {
      const title = evidencaStrings[button.dataset.title][root.lang].replace("{name}", button.dataset.name);
      setAttribute(button, "title", title);
    }
    // Gradio names messages (by their Markdown) and icons in English; their text is name enough.
    for (const named of findAll("#ev-chat :is([data-testid], svg)[aria-label]")) named.removeAttribute("aria-label");
    // It also puts a nameless button into a button.
    for (const button of findAll("#ev-chat .title[role='button'] button")) button.inert = true;
  };

  // The languages of questions and answers, which are not that of the interface.
  const refreshLanguages = () => {
    const languages = exchanges().map((exchange) => exchange.dataset.answeredIn);
    for (const side of [".user-row .message-content", ".bot-row"]) {
      findAll(`#ev-chat ${side}`).forEach((row, n) => {
        const contents = side === ".bot-row" ? findAll(".message-content", row).slice(-1) : [row];
        for (const content of contents) setAttribute(content, "lang", languages[n] ?? "");
      });
    }
  };

  // Offers belong to the last answer; while another is made, and after it, they are gone.
  const refreshOffers = () => {
    const last = exchanges().pop()?.dataset.copyOf;
    for (const offers of findAll("[data-after]")) {
      const out = isBusy() || offers.dataset.after !== last;
      if (offers.hidden !== out) offers.hidden = out;
    }
  };

  // In a message that is edited stands its Markdown; a reader wants the words.
  const refreshEdited = () => {
    for (const box of findAll("#ev-chat .message textarea:not([data-plain])")) {
      box.dataset.plain = "";
      const decoded = new DOMParser().parseFromString(box.value, "text/html").documentElement.textContent;
      box.value = decoded.replace(/\\([!-/:-@[-`{-~])/g, "$1");
      box.dispatchEvent(new Event("input", { bubbles: true }));
      setAttribute(box, "aria-label", text("question.label"));
    }
  };

  refreshers.push(refreshReady, refreshNames, refreshLanguages, refreshOffers, refreshEdited, refreshHistory, askAddress);
  refresh();
})();
