// Filters, sorting and counts of the references and of the trials, and the chart that follows them.
(() => {
  "use strict";

  const { root, find, findAll, setAttribute, setText, text, counted, actions, refreshers } = evidenca;

  // Without case, diacritics and compatibility forms: "Drobnic" finds "Drobnič".
  const fold = (string) => string.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const compare = (a, b) => new Intl.Collator(root.lang, { numeric: true }).compare(a, b);

  const folded = new WeakMap();
  const haystack = (element) => {
    if (!folded.has(element)) {
      // What a reader knows of a work or trial, in both languages; not the labels around it.
      const parts = findAll(":scope > strong, :scope > .ev-muted, tr:first-child td, dd", element);
      const links = findAll(".ev-links a", element).map((link) => link.href);
      folded.set(element, fold([...parts.map((part) => part.textContent), ...links].join(" ")));
    }
    return folded.get(element);
  };
  const matches = (element, query) =>
    fold(query)
      .split(/\s+/)
      .every((word) => haystack(element).includes(word));

  const setHidden = (element, hidden) => {
    if (element.hidden !== hidden) element.hidden = hidden;
  };
  const showCount = (tools, name, n, total) => {
    const shown = n ? counted(`${name}.shown`, n) : text(`${name}.shown.zero`);
    setText(find("[data-count]", tools), shown.replace("{total}", total));
  };
  const put = (parent, elements) => {
    if (elements.some((element, n) => parent.children[n] !== element)) parent.append(...elements);
  };

  // --- References ---

  const works = {
    tools: () => find("[data-tools='references']"),
    all: () => findAll("#ev-references .ev-works > li"),
    update() {
      const tools = works.tools();
      if (!tools) return;
      const query = find("[data-search]", tools).value;
      const year = find("[data-year]", tools).value;
      const all = works.all();
      for (const work of all) setHidden(work, !matches(work, query) || (year !== "" && work.dataset.year !== year));
      showCount(tools, "references", all.filter((work) => !work.hidden).length, all.length);
    },
    sort() {
      const order = find("[data-sort]", works.tools()).value;
      const number = (work) => Number(work.dataset.number);
      const by = {
        number: () => 0,
        year: (a, b) => Number(b.dataset.year) - Number(a.dataset.year),
        author: (a, b) => compare(a.dataset.author, b.dataset.author),
      }[order];
      const sorted = works.all().sort((a, b) => by(a, b) || number(a) - number(b));
      put(find("#ev-references .ev-works"), sorted);
    },
    reset() {
      for (const field of findAll("[data-search], [data-year]", works.tools())) field.value = "";
      works.update();
    },
  };

  // --- Trials ---

  const FACETS = ["country", "status", "phase"];
  let only = null; // the trials of an answer, when just those are asked for
  let order = { column: null, down: false };

  const trials = {
    tools: () => find("[data-tools='trials']"),
    all: () => findAll("#ev-trials tbody[data-trial]"),
    chosen: (facet) => find(`[data-filter='${facet}']`, trials.tools()).value,
    update() {
      const tools = trials.tools();
      if (!tools) return;
      const query = find("[data-search]", tools).value;
      const all = trials.all();
      for (const trial of all) {
        const fits =
          matches(trial, query) &&
          FACETS.every((facet) => ["", trial.dataset[facet]].includes(trials.chosen(facet))) &&
          (!only || only.has(trial.dataset.trial));
        setHidden(trial, !fits);
      }
      const shown = all.filter((trial) => !trial.hidden);
      showCount(tools, "trials", shown.length, all.length);
      setHidden(find("[data-only]", tools), !only);
      setHidden(find("[data-reset]", tools), !query && !FACETS.some(trials.chosen));
      trials.draw(all, shown);
    },
    draw(all, shown) {
      for (const bar of findAll("#ev-trials [data-bar]")) {
        const { bar: facet, value } = bar.dataset;
        const count = (list) => list.filter((trial) => trial.dataset[facet] === value).length;
        const values = findAll(`#ev-trials [data-bar='${facet}']`).map((other) => other.dataset.value);
        const largest = Math.max(...values.map((one) => all.filter((trial) => trial.dataset[facet] === one).length));
        const n = count(shown);
        const track = find(".ev-bar-track > span", bar);
        const width = `${Math.round((100 * n) / largest)}%`;
        if (track.style.width !== width) track.style.width = width;
        setText(find("[data-n]", bar), String(n));
        setAttribute(bar, "aria-pressed", String(trials.chosen(facet) === value));
      }
    },
    sort() {
      const printed = [...trials.all()].sort((a, b) => trials.printed.get(a) - trials.printed.get(b));
      const { column, down } = order;
      const cell = (trial) => {
        const whole = find(`.ev-col-${column}`, trial);
        return (find(`.t-${root.lang}`, whole) ?? whole).textContent;
      };
      const key = (trial) => trial.dataset[{ id: "trial", phase: "phase", n: "n", title: "title" }[column]] ?? cell(trial);
      const sorted = column ? printed.sort((a, b) => (down ? -1 : 1) * compare(key(a), key(b))) : printed;
      for (const head of findAll("#ev-trials th")) {
        const sortedBy = column && head.classList.contains(`ev-col-${column}`);
        if (sortedBy) setAttribute(head, "aria-sort", down ? "descending" : "ascending");
        else head.removeAttribute("aria-sort");
      }
      const table = find("#ev-trials table");
      put(table, [find("thead", table), ...sorted]);
    },
    printed: new Map(), // the order of the article
    open(trial, open) {
      const more = find("[data-more]", trial);
      setAttribute(more, "aria-expanded", String(open));
      setHidden(find(".ev-detail", trial), !open);
    },
    reset() {
      for (const field of findAll("[data-search], [data-filter]", trials.tools())) field.value = "";
      trials.update();
    },
  };

  const reorder = (button) => {
    const column = button.dataset.order;
    if (order.column !== column) order = { column, down: false };
    else if (!order.down) order = { column, down: true };
    else order = { column: null, down: false };
    trials.sort();
  };
  const pressBar = (bar) => {
    const select = find(`[data-filter='${bar.dataset.bar}']`, trials.tools());
    select.value = select.value === bar.dataset.value ? "" : bar.dataset.value;
    trials.update();
  };

  // What a link leads to must be seen, whatever is filtered.
  evidenca.reveal = (target) => {
    if (target.closest("#ev-references") && target.hidden) works.reset();
    const trial = target.closest("tbody[data-trial]");
    if (!trial) return;
    if (trial.hidden) {
      only = null;
      trials.reset();
    }
    trials.open(trial, true);
  };
  // Only the trials of an answer; the way there and back is that of every other link.
  evidenca.showTrials = (ids) => {
    only = new Set(ids);
    trials.reset();
  };

  // --- Events ---

  Object.assign(actions, {
    "[data-more]": (button) => trials.open(button.closest("tbody"), button.getAttribute("aria-expanded") !== "true"),
    "[data-bar]": pressBar,
    "[data-order]": reorder,
    "[data-reset]": () => {
      trials.reset();
      find("[data-search]", trials.tools()).focus();
    },
    "[data-only]": () => {
      only = null;
      trials.update();
      find("[data-search]", trials.tools()).focus();
    },
  });
  const changed = (event) => {
    const tools = event.target.closest?.("[data-tools]");
    if (!tools) return;
    if (event.target.matches("[data-sort]")) works.sort();
    else if (tools.dataset.tools === "references") works.update();
    else trials.update();
  };
  document.addEventListener("input", changed);
  document.addEventListener("change", changed);

  let drawn = null; // the language of the lists, which change with nothing else of Gradio's
  const refresh = () => {
    if (drawn === root.lang || !find("[data-tools]")) return;
    drawn = root.lang;
    for (const option of findAll("option[data-text]")) setText(option, text(option.dataset.text));
    for (const option of findAll("option[data-sl]")) setText(option, option.dataset[root.lang]);
    for (const field of findAll("input[data-search]")) setAttribute(field, "placeholder", text(field.dataset.label));
    if (!trials.printed.size && matchMedia("(max-width: 820px)").matches) {
      // The table would be a screen away.
      for (const chart of findAll(".ev-chart")) chart.open = false;
    }
    if (!trials.printed.size) trials.all().forEach((trial, n) => trials.printed.set(trial, n));
    works.update();
    trials.update();
  };
  refreshers.push(refresh);
  refresh();
})();
