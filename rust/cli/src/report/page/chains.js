// The slowest chains as waterfalls.

function drawChains() {
  const part = body("chains");
  if (!data.chains) return part.append(missing("chains"));
  const { latency, slowest, entries } = data.chains;
  part.append(el("p", { class: "dim" }, `${slowest.length} of ${count(latency.count)} chains. `
    + "A bar that is red, with a dot before its name, is on the critical path: what the chain waited for."));
  const made = slowest.map(waterfall);
  part.append(...made.map(({ element }) => element));
  made[0]?.open();
  // On paper nothing can be opened.
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = made.filter(({ element }) => !element.open);
    closed.forEach(({ open }) => open());
  });
  addEventListener("afterprint", () => closed.forEach(({ element }) => { element.open = false; }));
  const table = sortable({
    caption: "Chains by the service that their first call went to",
    rows: () => entries,
    by: 1,
    columns: [
      { label: "Entry", value: (entry) => name(entry.name), cell: (entry) => serviceButton(entry.name) },
      { label: "Chains", isNumber: true, value: (entry) => entry.latency.count, cell: (entry) => count(entry.latency.count) },
      { label: "Calls each", isNumber: true, value: (entry) => entry.mean_calls, cell: (entry) => entry.mean_calls.toFixed(1) },
      ...latencyColumns((entry) => entry.latency),
    ],
  });
  part.append(el("h3", {}, "All chains"), table.element);
}

function waterfall(chain) {
  const root = chain.hops[0];
  const content = el("div");
  const plural = chain.calls === 1 ? "call" : "calls";
  const element = el("details", {}, el("summary", {}, el("strong", {}, ms(chain.total)), " ",
    el("bdi", {}, `${name(root.src)} → ${name(root.dst)}`),
    el("span", { class: "dim" }, ` ${count(chain.calls)} ${plural}, depth ${chain.depth}, width ${chain.width}, confidence ${chain.confidence.toFixed(2)}, ${moment(chain.start)}, chain `, el("bdi", {}, chain.id))),
  content);
  let isDrawn = false;
  const draw = () => {
    if (isDrawn) return;
    isDrawn = true;
    content.append(hopTable(chain));
    if (chain.hidden) content.append(note(`${count(chain.hidden)} more calls are not shown: shorter ones off the critical path, and those that the record does not have.`));
  };
  element.addEventListener("toggle", draw);
  return { element, open() { draw(); element.open = true; } };
}

function hopTable(chain) {
  const first = Math.min(0, ...chain.hops.map((hop) => hop.offset));
  const last = Math.max(1, chain.total, ...chain.hops.map((hop) => hop.offset + hop.latency));
  const x = d3.scaleLinear([first, last], [0, 1000]);
  const rows = chain.hops.map((hop) => {
    const isCritical = hop.critical > 0;
    // By CSS's object model: the page's policy allows no style in elements.
    const label = el("td", { class: "name" },
      isCritical ? el("span", { class: "critical-text", title: "On the critical path" }, "● ", el("span", { class: "unseen" }, "critical: ")) : null,
      el("bdi", { title: `call ${hop.id}` }, `${name(hop.src)} → ${name(hop.dst)}`),
      hop.confidence < 0.9 ? el("span", { class: "doubt", title: "How likely its parent is right" }, ` ${hop.confidence.toFixed(2)}?`) : null);
    label.style.paddingLeft = `${8 + 14 * Math.min(hop.depth, 20)}px`;
    const about = `from ${ms(Math.max(0, hop.offset))} on for ${ms(hop.latency)}${isCritical ? `, of which the chain waited ${ms(hop.critical)}` : ""}`;
    const bar = svg("svg", { viewBox: "0 0 1000 16", preserveAspectRatio: "none", role: "img", "aria-label": about },
      svg("title", {}, about),
      svg("rect", { class: `bar${isCritical ? " critical" : ""}`, x: x(hop.offset), y: 3, height: 10, width: Math.max(3, x(hop.offset + hop.latency) - x(hop.offset)) }));
    return el("tr", {}, label, el("td", { class: "number" }, ms(hop.latency)), el("td", { class: "number" }, ms(hop.own)),
      el("td", { class: "number" }, isCritical ? ms(hop.critical) : ""), el("td", { class: "time" }, bar));
  });
  const heads = [["Call", ""], ["Took", "number"], ["Self", "number"], ["Critical", "number"], [`0 to ${ms(last)}`, "time"]];
  return el("div", { class: "wide", tabindex: "0", role: "region", "aria-label": `Calls of chain ${chain.id}` },
    el("table", { class: "waterfall" },
      el("thead", {}, el("tr", {}, heads.map(([head, kind]) => el("th", { scope: "col", class: kind || null }, head)))),
      el("tbody", {}, rows)));
}
