// Tables that are sorted by the buttons in their heads.

const ROWS = 50;

// `columns` have a label, `value` to sort by, `cell` for what is shown (else the value), and may be numbers.
function sortable({ caption, columns, rows, by, isChosen }) {
  let order = { column: by ?? 0, isDown: true };
  let shown = ROWS;
  const bodyOf = el("tbody");
  const more = el("button", { type: "button", onclick: () => { shown = Infinity; draw(); } });
  const heads = columns.map((column, at) => {
    const sort = () => {
      const isDown = order.column === at ? !order.isDown : Boolean(column.isNumber);
      order = { column: at, isDown };
      draw();
      say(`Sorted by ${column.label}, ${isDown ? "descending" : "ascending"}`);
    };
    const head = column.value ? el("button", { type: "button", onclick: sort }, column.label) : column.label;
    return el("th", { scope: "col", class: column.isNumber ? "number" : null, title: column.title }, head);
  });
  function draw() {
    const all = rows();
    const { value, isNumber } = columns[order.column];
    const compare = (a, b) => (isNumber ? value(a) - value(b) : String(value(a)).localeCompare(String(value(b)), "en"));
    const sorted = [...all].sort((a, b) => (order.isDown ? compare(b, a) : compare(a, b)));
    heads.forEach((head, at) => {
      if (at === order.column) head.setAttribute("aria-sort", order.isDown ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    bodyOf.replaceChildren(...sorted.slice(0, shown).map((row) =>
      el("tr", { class: isChosen?.(row) ? "chosen" : null }, columns.map((column, at) => {
        const kind = [column.isNumber ? "number" : "", at === 0 ? "name" : ""].join(" ").trim();
        return el("td", { class: kind || null }, column.cell ? column.cell(row) : String(column.value(row)));
      }))));
    more.hidden = sorted.length <= shown;
    more.textContent = `Show all ${count(sorted.length)}`;
  }
  const table = el("table", {}, el("caption", {}, caption), el("thead", {}, el("tr", {}, heads)), bodyOf);
  draw();
  return { element: el("div", {}, el("div", { class: "wide", tabindex: "0", role: "region", "aria-label": caption }, table), more), draw };
}

const latencyColumns = (of) => [
  { label: "Mean", isNumber: true, value: (row) => of(row).mean, cell: (row) => ms(of(row).mean) },
  { label: "p50", isNumber: true, value: (row) => of(row).p50, cell: (row) => ms(of(row).p50) },
  { label: "p95", isNumber: true, value: (row) => of(row).p95, cell: (row) => ms(of(row).p95) },
  { label: "p99", isNumber: true, value: (row) => of(row).p99, cell: (row) => ms(of(row).p99) },
  { label: "Max", isNumber: true, value: (row) => of(row).max, cell: (row) => ms(of(row).max) },
];

// A button with the name of an edge, which marks it in the map and shows how its latencies are distributed.
function edgeButton(edge) {
  const choice = () => choose({ edge: state.edge === edge ? null : edge });
  return el("button", {
    type: "button", class: "plain", "aria-pressed": String(state.edge === edge), onclick: (event) => {
      const place = [...document.querySelectorAll(".plain")].indexOf(event.currentTarget);
      choice();
      // The row is a new one.
      document.querySelectorAll(".plain")[place]?.focus();
    },
  }, el("bdi", {}, name(edge.src)), " → ", el("bdi", {}, name(edge.dst)));
}

function serviceButton(place) {
  return el("button", {
    type: "button", class: "plain", title: "Show its neighbours in the map",
    onclick: () => {
      choose({ focus: place });
      document.getElementById("map").scrollIntoView();
      focusNode(place);
    },
  }, el("bdi", {}, name(place)));
}

function drawEdges() {
  const part = body("edges");
  if (!data.calls) return part.append(missing("calls"));
  const steps = `each point is the mean of ${duration(data.calls.step)}`;
  const table = sortable({
    caption: "Calls from one service to another",
    rows: chosenEdges,
    isChosen: (edge) => edge === state.edge,
    by: 1,
    columns: [
      { label: "Edge", value: nameOfEdge, cell: edgeButton },
      { label: "Calls", isNumber: true, value: (edge) => edge.latency.count, cell: (edge) => count(edge.latency.count) },
      { label: "Rate", isNumber: true, value: (edge) => edge.rate, cell: (edge) => rate(edge.rate) },
      ...latencyColumns((edge) => edge.latency),
      { label: "Latency over time", title: steps, cell: sparkline },
    ],
  });
  const heading = el("p", { class: "dim" });
  parts.push(() => { drawHeading(); table.draw(); });
  function drawHeading() {
    const shown = chosenEdges().length;
    const of = isFiltered() ? `${count(shown)} of ${count(data.edges.length)} edges, by the filter of the map. ` : "";
    const omitted = data.calls.calls_omitted
      ? `The ${count(data.edges.length)} busiest of ${count(data.calls.edges)} edges; ${count(data.calls.calls_omitted)} calls are of others. ` : "";
    heading.textContent = `${of}${omitted}Choose an edge to mark it in the map and to see its histogram.`
      + (data.calls.is_rough ? " Percentiles are put together from those of windows, so they are rough." : "");
  }
  drawHeading();
  part.append(heading, table.element);
}

function drawServices() {
  const part = body("services");
  if (!data.calls) return part.append(missing("calls"));
  const hasBlame = data.services.some((service) => service.blame != null);
  const table = sortable({
    caption: "Services by the calls that they got",
    rows: () => data.services,
    by: hasBlame ? 1 : 2,
    columns: [
      { label: "Service", value: (service) => name(service.name), cell: (service) => serviceButton(service.name) },
      ...(hasBlame ? [{
        label: "Blame", isNumber: true, title: "Share in the time on critical paths",
        value: (service) => service.blame, cell: (service) => share(service.blame),
      }] : []),
      { label: "Rate in", isNumber: true, value: (service) => service.rate, cell: (service) => rate(service.rate) },
      { label: "Rate out", isNumber: true, value: (service) => service.out_rate, cell: (service) => rate(service.out_rate) },
      ...latencyColumns((service) => service.latency),
    ],
  });
  const what = hasBlame
    ? "Blame is the share of all chains' time in which calls of this service were what held them up."
    : "Give chains, or windows of services, to see which service chains wait for.";
  part.append(el("p", { class: "dim" }, what), table.element);
}

function share(part) {
  const bar = svg("svg", { viewBox: "0 0 90 10", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", { class: "back", width: 90, height: 10 }), svg("rect", { class: "bar", width: 90 * part, height: 10 }));
  return el("span", { class: "share" }, bar, percent(part));
}
