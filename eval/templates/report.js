"use strict";
(() => {
  const form = document.getElementById("filters");
  const reveal = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target && target.tagName === "DETAILS") {
      if (target.hidden) { form.reset(); apply(); }
      target.open = true;
      target.scrollIntoView();
    }
  };
  if (!form) return;
  const list = document.getElementById("failures");
  const items = [...list.children];
  const unfold = document.getElementById("unfold");
  const words = new Map(items.map((item) => [item, item.textContent.toLocaleLowerCase("sl")]));
  const apply = () => {
    const { type, lang, stage, text, order } = form.elements;
    const wanted = text.value.toLocaleLowerCase("sl").trim();
    let shown = 0;
    for (const item of items) {
      const { dataset } = item;
      item.hidden = !(
        (!type.value || dataset.type === type.value) &&
        (!lang.value || dataset.lang === lang.value) &&
        (!stage.value || dataset.stage === stage.value) &&
        words.get(item).includes(wanted)
      );
      shown += !item.hidden;
    }
    document.getElementById("n-shown").textContent = shown;
    const sign = { sure: -1, unsure: 1 }[order.value];
    items.sort((a, b) =>
      (sign ? sign * (a.dataset.confidence - b.dataset.confidence) : 0) || a.dataset.order - b.dataset.order);
    list.append(...items);
  };
  form.hidden = false;
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  unfold.addEventListener("click", () => {
    const open = unfold.textContent === "Open all";
    for (const item of items) if (!item.hidden) item.open = open;
    unfold.textContent = open ? "Close all" : "Open all";
  });
  for (const link of document.querySelectorAll("a[data-stage]")) {
    link.addEventListener("click", () => { form.reset(); form.elements.stage.value = link.dataset.stage; apply(); });
  }
  addEventListener("hashchange", reveal);
  reveal();
})();
