// The panel: its panes, the way from a citation to its source, from there to the sentence in the
// article and on to a reference or trial, and back. Nothing here asks the server, save for an added
// article, which is loaded when it is first read. Filters and charts are in lists.js.
(() => {
  "use strict";

  const { root, find, findAll, setAttribute, setText, remember, recall, text, actions, refreshers } = evidenca;
  const narrow = matchMedia("(max-width: 820px)");
  const CITATIONS = "a[href^='#cite-']";

  // What Gradio may forget when it draws the sources anew, and what only the reader knows.
  const state = {
    newest: null, // id of the last answer there is
    shown: null, // id of the answer whose sources are shown
    card: null, // "a1-2": the source that is marked
    trail: [], // where the reader came from: { pane, top, element }
  };
  let citation = null; // the link last followed, to which Escape returns

  // --- Panes ---

  const paneOf = (element) => element.closest(".block.ev-pane").id.slice("ev-".length);
  const box = (pane = root.dataset.pane) => find(`#ev-${pane}`);

  const showPane = (pane) => {
    root.dataset.pane = pane;
    for (const tab of findAll("[data-pane-tab]")) {
      setAttribute(tab, "aria-selected", String(tab.dataset.paneTab === pane));
      setAttribute(tab, "tabindex", tab.dataset.paneTab === pane ? "0" : "-1");
    }
    if (pane === "article") markCited();
    showTrail();
  };
  const chooseTab = (tab) => {
    state.trail = [];
    // After one that could not be loaded there is still the bundled one.
    const articles = findAll("#ev-article [data-article]");
    if (articles.length && articles.every((one) => one.hidden)) haveArticle(articles[0].dataset.article);
    showPane(tab.dataset.paneTab);
    tab.focus();
  };

  // Not scrollIntoView, which would move the page as well.
  const scrollTo = (element, space = 14) => {
    const scroller = element.closest(".block.ev-pane");
    const offset = element.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
    scroller.scrollTo({ top: scroller.scrollTop + offset - space });
  };
  const focus = (element) => {
    if (!element.matches("a, button, [tabindex]")) element.tabIndex = -1;
    element.focus({ preventScroll: true });
  };

  // --- There and back ---

  const leaveFrom = (element) => {
    const pane = root.dataset.pane;
    state.trail.push({ pane, top: box(pane).scrollTop, element });
  };
  const goBack = () => {
    const { pane, top, element } = state.trail.pop();
    showPane(pane);
    box(pane).scrollTo({ top });
    // Who has walked on comes back to the source last read; the sources may also have been drawn anew.
    const card = pane === "sources" ? markedCard() : null;
    const walked = element.matches("[data-context]") && !card?.contains(element);
    if (card && (walked || !element.isConnected)) {
      scrollTo(card);
      focus(card);
    } else {
      element.focus({ preventScroll: true });
    }
  };
  const showTrail = () => {
    const last = state.trail.at(-1);
    const walk = root.dataset.pane === "article" && walkable().length > 0;
    const bar = find("[data-trail]");
    if (!bar) return;
    find("[data-back]").hidden = !last;
    const name = find("[data-back-name]");
    name.dataset.backName = last?.pane === "sources" ? "source" : "back";
    find("[data-walk]").hidden = !walk;
    const plain = find("#ev-article [data-plain]:not([hidden])");
    find("[data-reading-choice]").hidden = root.dataset.pane !== "article" || plain !== null;
    find("[data-contents]").hidden = root.dataset.pane !== "article";
    bar.hidden = !last && root.dataset.pane !== "article";
    if (walk) showWhere();
  };

  // --- From a citation to its source ---

  const section = () => findAll("#ev-sources [data-answer]").find((one) => one.dataset.answer === state.shown);
  const markedCard = () => state.card && document.getElementById(`src-${state.card}`);

  const applyShown = () => {
    for (const one of findAll("#ev-sources [data-answer]")) {
      const hidden = one.dataset.answer !== state.shown;
      if (one.hidden !== hidden) one.hidden = hidden;
    }
    for (const one of findAll(".ev-card")) {
      const on = one.id === `src-${state.card}`;
      if (one.classList.contains("on") !== on) one.classList.toggle("on", on);
    }
    for (const link of findAll(CITATIONS)) {
      const on = link.getAttribute("href") === `#cite-${state.card}`;
      if (link.classList.contains("on") !== on) link.classList.toggle("on", on);
    }
  };

  const showSource = (link) => {
    const key = link.getAttribute("href").slice("#cite-".length);
    const card = document.getElementById(`src-${key}`);
    if (!card) return;
    hideTip();
    citation = link;
    state.card = key;
    state.shown = card.closest("[data-answer]").dataset.answer;
    state.trail = [];
    applyShown();
    showPane("sources");
    openSheet();
    scrollTo(card);
    focus(card);
  };

  const returnToCitation = () => {
    closeSheet();
    const link = citation?.isConnected ? citation : state.card && find(`a[href='#cite-${CSS.escape(state.card)}']`);
    (link ?? (narrow.matches ? find("[data-open-panel]") : null))?.focus();
  };

  // --- The source where it stands in the article ---

  const places = (card) => (card.dataset.at ?? "").split(" ").filter(Boolean);
  const elementAt = (place) => document.getElementById(`at-${place}`);
  const walkable = () => findAll(".ev-card[data-at]", section() ?? document.createElement("i"));
  // A unit has no box of its own: what can be scrolled to is the side that is shown.
  const sideOf = (element) =>
    findAll(":scope > .o, :scope > .w", element).find((side) => side.getClientRects().length) ?? element;

  const markCited = () => {
    for (const marked of findAll("#ev-article :is(.cited, .now, .tint)")) marked.classList.remove("cited", "now", "tint");
    for (const side of findAll("#ev-article [data-markers]")) side.removeAttribute("data-markers");
    for (const card of walkable()) {
      const marker = card.id.split("-").at(-1);
      const now = card.id === `src-${state.card}`;
      for (const element of places(card).map(elementAt).filter(Boolean)) {
        for (const side of findAll(":scope > .o, :scope > .w", element)) {
          const others = side.dataset.markers;
          side.dataset.markers = others ? `${others}, ${marker}` : marker;
        }
        element.classList.add("cited");
        if (now) element.classList.add("now");
        if (now) element.closest(".ev-par")?.classList.add("tint");
      }
    }
  };

  const showWhere = () => {
    const card = markedCard();
    const mark = card && (root.lang === "en" ? card.dataset.markEn : card.dataset.markSl);
    const shown = card ? `[${state.card.split("-").at(-1)}] · ${mark}` : "–";
    setText(find("[data-where]"), shown);
  };

  // An added article is not part of the page; it is loaded when it is first read.
  const haveArticle = async (id) => {
    const added = find("[data-added]");
    let article = findAll("[data-article]", box("article")).find((one) => one.dataset.article === id);
    if (!article) {
      added.textContent = text("article.loading");
      try {
        const response = await fetch(`panel/article?${new URLSearchParams({ id })}`);
        if (!response.ok) throw new Error(String(response.status));
        added.innerHTML = await response.text(); // escaped by the server, like everything it sends
        article = find("[data-article]", added);
        if (!article) throw new Error("no article");
      } catch {
        added.textContent = text("article.failed");
      }
    }
    if (article && !find("[data-article]", added)) added.textContent = "";
    for (const one of findAll("[data-article]", box("article"))) one.hidden = one !== article;
    return article;
  };

  const openContext = async (card, { from, stay } = {}) => {
    state.card = card.id.slice("src-".length);
    applyShown();
    if (from) leaveFrom(from);
    showPane("article");
    if (!(await haveArticle(card.dataset.article))) return;
    markCited();
    showTrail();
    const target = places(card).map(elementAt).find(Boolean);
    if (!target) return;
    scrollTo(sideOf(target), box().clientHeight / 4);
    if (!stay) focus(sideOf(target));
  };

  const step = (button) => {
    const cards = walkable();
    const here = cards.indexOf(markedCard());
    const next = here < 0 ? 0 : (here + Number(button.dataset.step) + cards.length) % cards.length;
    openContext(cards[next], { stay: true });
  };

  // --- From there to a reference, a trial, or a sentence ---

  const goTo = (target, from) => {
    hideTip();
    leaveFrom(from);
    const pane = paneOf(target);
    for (const marked of findAll(".ev-pane .there")) marked.classList.remove("there");
    showPane(pane);
    if (pane === "article") {
      for (const one of findAll("[data-article]", box())) one.hidden = !one.contains(target);
    }
    evidenca.reveal?.(target); // a filter may hide it
    target.classList.add("there");
    const shown = sideOf(target);
    scrollTo(shown, pane === "article" ? box().clientHeight / 4 : 90);
    focus(shown);
  };
  const follow = (link) => {
    const target = document.getElementById(link.getAttribute("href").slice(1));
    if (!target) return;
    if (link.closest(".ev-contents")) {
      link.closest("details").open = false;
      scrollTo(sideOf(target));
      focus(sideOf(target));
    } else {
      goTo(target, link);
    }
  };
  const showContents = () => {
    const contents = findAll("#ev-article .ev-contents").find((one) => !one.closest("[hidden]"));
    if (!contents) return;
    contents.open = true;
    box().scrollTo({ top: 0 });
    find("summary", contents).focus({ preventScroll: true });
  };

  const read = (mode) => {
    root.dataset.reading = mode;
    for (const button of findAll("[data-reading]:is(button)")) {
      setAttribute(button, "aria-pressed", String(button.dataset.reading === mode));
    }
  };
  const chooseReading = (button) => {
    // The sentence that stands at the top stays there, whatever the text before it becomes.
    const scroller = box();
    const top = scroller.getBoundingClientRect().top;
    const first = findAll(".u", scroller).find((unit) => sideOf(unit).getBoundingClientRect().bottom > top);
    read(button.dataset.reading);
    remember("reading", button.dataset.reading);
    if (first) scrollTo(sideOf(first));
  };

  // --- The sheet: on narrow screens the panel is a dialog over the conversation ---

  let behind = [];
  const openSheet = () => {
    if (!narrow.matches || root.dataset.sheet) return;
    root.dataset.sheet = "open";
    const panel = find("#ev-panel");
    panel.setAttribute("role", "dialog");
    panel.setAttribute("aria-modal", "true");
    setAttribute(panel, "aria-label", text("sources.title"));
    for (let node = panel; node !== document.body; node = node.parentElement) {
      behind.push(...[...node.parentElement.children].filter((one) => one !== node && !one.inert));
    }
    for (const one of behind) one.inert = true;
  };
  const closeSheet = () => {
    delete root.dataset.sheet;
    const panel = find("#ev-panel");
    for (const name of ["role", "aria-modal", "aria-label"]) panel.removeAttribute(name);
    for (const one of behind) one.inert = false;
    behind = [];
  };
  narrow.addEventListener("change", closeSheet);
  const openPanel = () => {
    openSheet();
    find("[data-pane-tab][aria-selected='true']").focus();
  };

  // --- What a number stands for, on hover and focus ---

  const tip = document.createElement("div");
  tip.id = "ev-tip";
  tip.setAttribute("role", "tooltip");
  tip.hidden = true;
  document.body.append(tip);
  let tipped = null;
  let waiting = 0;

  // The text of the interface language, which the style sheet would show.
  const shownText = (element) => {
    const copy = element.cloneNode(true);
    for (const other of findAll(root.lang === "en" ? ".t-sl" : ".t-en", copy)) other.remove();
    for (const cell of findAll("dt", copy)) cell.remove();
    for (const cell of findAll("dd", copy)) cell.append(" · ");
    return copy.textContent.replace(/ · $/, "").trim();
  };
  const tipTexts = (link) => {
    const href = link.getAttribute("href");
    if (href.startsWith("#cite-")) {
      const card = document.getElementById(`src-${href.slice("#cite-".length)}`);
      if (!card) return null;
      const translation = root.lang === "en" && find(".ev-translation p[lang='en']", card);
      return [find(".ev-section", card), translation || find(".ev-quote", card)];
    }
    const work = document.getElementById(href.slice(1));
    return work && [find("strong", work), find(".ev-muted", work)];
  };
  const showTip = (link) => {
    const texts = tipTexts(link);
    if (!texts) return;
    hideTip();
    tipped = link;
    tip.replaceChildren(
      ...texts.map((element, n) => {
        const line = document.createElement(n ? "p" : "strong");
        line.textContent = shownText(element);
        line.lang = element.lang;
        return line;
      }),
    );
    tip.hidden = false;
    link.setAttribute("aria-describedby", tip.id);
    placeTip();
  };
  const placeTip = () => {
    const at = tipped.getBoundingClientRect();
    const size = tip.getBoundingClientRect();
    const below = at.bottom + size.height + 8 < innerHeight;
    tip.style.left = `${Math.max(8, Math.min(at.left - 12, innerWidth - size.width - 8))}px`;
    tip.style.top = `${below ? at.bottom + 6 : Math.max(8, at.top - size.height - 6)}px`;
  };
  const hideTip = () => {
    clearTimeout(waiting);
    tip.hidden = true;
    tipped?.removeAttribute("aria-describedby");
    tipped = null;
  };
  const TIPPED = `${CITATIONS}, #ev-article a[href^='#ref-']`;
  const tippedBy = (event) => (event.target instanceof Element ? event.target.closest(TIPPED) : null);
  document.addEventListener("pointerover", (event) => {
    const link = event.pointerType === "touch" ? null : tippedBy(event);
    clearTimeout(waiting);
    if (link && link !== tipped) waiting = setTimeout(showTip, 150, link);
    else if (!link && tipped && !tip.contains(event.target)) waiting = setTimeout(hideTip, 150);
  });
  document.addEventListener("focusin", (event) => {
    const link = tippedBy(event);
    if (link?.matches(":focus-visible")) showTip(link);
    else if (tipped) hideTip();
  });
  // What is shown for the focus stays as long as that: an answer may scroll the chat by itself.
  const moveTip = () => (tipped?.matches(":focus-visible") ? placeTip() : hideTip());
  addEventListener("scroll", moveTip, true);

  // --- Events ---

  Object.assign(actions, {
    [CITATIONS]: showSource,
    "[data-close]": returnToCitation,
    "[data-pane-tab]": chooseTab,
    "[data-context]": (button) => openContext(button.closest(".ev-card"), { from: button }),
    "[data-back]": goBack,
    "[data-step]": step,
    "[data-contents]": showContents,
    "button[data-reading]": chooseReading,
    "[data-goto]": (button) => {
      leaveFrom(button);
      showPane(button.dataset.goto);
      find(`#tab-${button.dataset.goto}`).focus();
    },
    "[data-rows]": (button) => {
      leaveFrom(button);
      evidenca.showTrials(button.dataset.rows.split(" "));
      showPane("trials");
      focus(find("#ev-trials [data-only]"));
    },
    "[data-open-panel]": openPanel,
    "a[href^='#at-'], a[href^='#ref-'], a[href^='#trial-']": follow,
  });

  document.addEventListener("click", (event) => {
    if (!root.dataset.sheet || event.defaultPrevented || !(event.target instanceof Element)) return;
    if (!event.target.closest("#ev-panel")) returnToCitation();
  });

  document.addEventListener("keydown", (event) => {
    const tab = event.target.closest?.("[data-pane-tab]");
    if (tab) {
      const tabs = findAll("[data-pane-tab]");
      const moves = { ArrowRight: 1, ArrowLeft: -1 };
      const ends = { Home: 0, End: tabs.length - 1 };
      const to = ends[event.key] ?? tabs.indexOf(tab) + (moves[event.key] ?? NaN);
      if (!Number.isNaN(to)) {
        event.preventDefault();
        chooseTab(tabs[(to + tabs.length) % tabs.length]);
      }
    }
    if (event.key !== "Escape" || event.defaultPrevented) return;
    if (!tip.hidden) {
      hideTip();
    } else if (root.dataset.sheet || event.target.closest?.("#ev-panel")) {
      event.preventDefault();
      if (state.trail.length) goBack();
      else returnToCitation();
    }
  });

  // --- What Gradio draws anew is put right again; doing so twice must change nothing ---

  const refresh = () => {
    const newest = findAll("#ev-sources [data-answer]").at(-1)?.dataset.answer ?? null;
    if (newest !== state.newest) {
      // A new answer shows its own sources, and nothing is marked yet.
      Object.assign(state, { newest, shown: newest, card: null, trail: [] });
      root.dataset.pane = "sources";
      applyShown();
      find("#ev-sources").scrollTo({ top: 0 });
    }
    applyShown();
    if (!root.dataset.pane) root.dataset.pane = "sources";
    for (const tab of findAll("[data-pane-tab]")) {
      const chosen = tab.dataset.paneTab === root.dataset.pane;
      setAttribute(tab, "aria-selected", String(chosen));
      setAttribute(tab, "tabindex", chosen ? "0" : "-1");
    }
    showTrail();
    for (const link of findAll(CITATIONS)) {
      setAttribute(link, "aria-label", text("card.source").replace("{marker}", link.textContent.trim()));
    }
    for (const element of findAll("[data-title-of]")) setAttribute(element, "title", text(element.dataset.titleOf));
    read(root.dataset.reading ?? recall("reading") ?? "both");
  };
  refreshers.push(refresh);
  refresh();
})();
