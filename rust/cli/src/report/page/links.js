// Where links are uncertain, and what was rejected.

function drawLinks() {
  const part = body("links");
  const { chains, parents } = data;
  if (!chains) part.append(missing("confidence"));
  if (!parents) part.append(missing("parents"));
  if (!chains && !parents) return;
  part.append(el("div", { class: "charts" }, chains ? confidenceChart(chains) : null, parents ? parentsChart(parents) : null));
  const rows = data.edges.filter((edge) => edge.several_parents + edge.expected_wrong + edge.cut > 0);
  if (!rows.length) {
    if (data.edges.length) part.append(note("No edge has a link that is in doubt."));
    return;
  }
  const shareOf = (part, whole) => (whole ? part / whole : 0);
  const inDoubt = chains ? [
    { label: "Wrong, about", title: "How many of its calls have a wrong parent, by their confidence", isNumber: true, value: (edge) => edge.expected_wrong, cell: (edge) => count(Math.round(edge.expected_wrong * 10) / 10) },
    { label: "Of its calls", isNumber: true, value: (edge) => shareOf(edge.expected_wrong, edge.chosen), cell: (edge) => percent(shareOf(edge.expected_wrong, edge.chosen)) },
    { label: "Below 0.9", title: "Calls whose parent is right with a probability below 0.9", isNumber: true, value: (edge) => edge.doubtful, cell: (edge) => count(edge.doubtful) },
  ] : [];
  const several = parents ? [
    { label: "Several parents", title: "Calls that several others can have caused", isNumber: true, value: (edge) => edge.several_parents, cell: (edge) => count(edge.several_parents) },
    { label: "Of its calls", isNumber: true, value: (edge) => shareOf(edge.several_parents, edge.latency.count), cell: (edge) => percent(shareOf(edge.several_parents, edge.latency.count)) },
    { label: "Cut lists", title: "Calls with more links than a list holds", isNumber: true, value: (edge) => edge.cut, cell: (edge) => count(edge.cut) },
  ] : [];
  const table = sortable({
    caption: "Edges whose links are in doubt", rows: () => rows, by: 1, isChosen: (edge) => edge === state.edge,
    columns: [{ label: "Edge", value: nameOfEdge, cell: edgeButton }, ...inDoubt, ...several],
  });
  parts.push(table.draw);
  part.append(table.element);
}

function confidenceChart({ confidence, expected_right: right, latency }) {
  const bounds = d3.range(0, 11).map((at) => (at / 10).toFixed(1));
  const total = d3.sum(confidence);
  const sure = confidence[9];
  const ranges = confidence.map((calls, at) => [at, calls]);
  const label = `Calls by how likely their parent is right: ${percent(sure / total)} of them with 0.9 or more`;
  return el("div", {}, el("h3", {}, "Chosen parents"),
    el("p", { class: "dim" }, `${percent(sure / total)} of ${count(total)} calls have a parent that is right with a probability of 0.9 or more. `
      + `About ${count(Math.round(right))} of ${count(latency.count)} chains have no wrong link.`),
    countBars(label, ranges, (at) => bounds[at], (at) => `${bounds[at]} to ${bounds[at + 1]}`),
    asTable(["Probability", "Calls"], ranges.map(([at, calls]) => [`${bounds[at]} to ${bounds[at + 1]}`, count(calls)])));
}

function parentsChart(parents) {
  const label = (at) => (at === parents.length - 1 ? `${at}+` : String(at));
  const total = d3.sum(parents);
  const several = d3.sum(parents.slice(2));
  const ranges = parents.map((calls, at) => [at, calls]);
  return el("div", {}, el("h3", {}, "Possible parents"),
    el("p", { class: "dim" }, `${percent(several / total)} of ${count(total)} linked calls can have been caused by several others, `
      + `${percent(parents[0] / total)} by none: these begin something.`),
    countBars("Calls by how many others can have caused them", ranges, label, label),
    asTable(["Possible parents", "Calls"], ranges.map(([at, calls]) => [label(at), count(calls)])));
}

// Bars for a few things, each with its name below.
function countBars(label, ranges, short, long) {
  const picture = chart(label);
  const x = d3.scaleBand(ranges.map(([at]) => at), [MARGIN.left, WIDTH - MARGIN.right]).padding(0.15);
  const y = d3.scaleLinear([0, Math.max(1, ...ranges.map(([, calls]) => calls))], [HEIGHT - MARGIN.bottom, MARGIN.top]).nice(4);
  axis(picture, d3.axisBottom(x).tickFormat(short).tickSizeOuter(0), 0, HEIGHT - MARGIN.bottom);
  axis(picture, d3.axisLeft(y).ticks(4).tickFormat(d3.format("~s")), MARGIN.left, 0);
  for (const [at, calls] of ranges) {
    const height = calls ? Math.max(1, y(0) - y(calls)) : 0;
    picture.append(svg("rect", { class: "bar", x: x(at), width: x.bandwidth(), y: y(0) - height, height },
      svg("title", {}, `${long(at)}: ${count(calls)} calls`)));
  }
  return picture;
}

const WHY = {
  malformed: "not JSON, not an object, or too large",
  invalid: "a field is missing, of another type or out of range",
  inconsistent: "end, start and latency disagree",
  too_long: "it took longer than a call may",
  future: "its start is too far ahead of the clock",
  late: "it came after its window was closed",
};

function drawRejects() {
  const part = body("rejects");
  if (data.rejects == null) return part.append(missing("rejects"));
  const rows = data.reasons.map(({ reason, count: calls, details, examples }) => {
    const open = el("details", {}, el("summary", {}, "Details and examples"), el("div", {},
      el("ul", {}, details.map(([detail, number]) => el("li", {}, `${count(number)}: `, el("bdi", {}, detail || "no detail")))),
      examples.map(([place, record]) => [el("p", { class: "dim" }, place), el("pre", {}, record)])));
    const why = Object.hasOwn(WHY, reason) ? WHY[reason] : "";
    return el("tr", {}, el("td", {}, code(reason)), el("td", { class: "number" }, count(calls)),
      el("td", {}, share(calls / data.rejects)), el("td", {}, why, open));
  });
  part.append(el("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "Rejects by reason" }, el("table", {},
    el("caption", {}, `${count(data.rejects)} records were rejected`),
    el("thead", {}, el("tr", {}, ["Reason", "Records", "Share", "What it means"].map((head) => el("th", { scope: "col" }, head)))),
    el("tbody", {}, rows))));
}
