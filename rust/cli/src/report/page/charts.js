// Pictures of numbers: latency over time, and how it is distributed.

function sparkline(edge) {
  const [width, height] = [120, 24];
  const known = edge.spark.filter((value) => value != null);
  const most = Math.max(...known, 1);
  const x = d3.scaleLinear([0, Math.max(edge.spark.length - 1, 1)], [3, width - 3]);
  const y = d3.scaleLinear([0, most], [height - 3, 3]);
  const picture = svg("svg", {
    class: "spark", viewBox: `0 0 ${width} ${height}`, role: "img",
    "aria-label": `mean latency from ${ms(Math.min(...known))} to ${ms(most)}`,
  }, svg("title", {}, `${ms(Math.min(...known))} to ${ms(most)}`));
  return plotted(picture, edge.spark, x, y, "");
}

// A line, and dots where a point has no neighbours.
function plotted(picture, values, x, y, kind) {
  const line = d3.line().defined((value) => value != null).x((_, at) => x(at)).y((value) => y(value));
  picture.append(svg("path", { class: `line ${kind}`, d: line(values) ?? "" }));
  values.forEach((value, at) => {
    if (value != null && values[at - 1] == null && values[at + 1] == null) {
      picture.append(svg("circle", { class: `dot ${kind}`, cx: x(at), cy: y(value), r: 2 }));
    }
  });
  return picture;
}

const MARGIN = { left: 52, right: 26, top: 18, bottom: 34 };
const [WIDTH, HEIGHT] = [560, 220];

function chart(label) {
  return svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label });
}

function axis(picture, made, x, y) {
  d3.select(picture).append("g").attr("class", "axis").attr("transform", `translate(${x},${y})`).call(made);
}

// Bars of ranges with their bounds between them; `marks` are lines with a text.
function bars(label, ranges, bounds, marks) {
  const picture = chart(label);
  const first = ranges[0][0];
  const last = ranges[ranges.length - 1][0];
  const x = d3.scaleLinear([first, last + 1], [MARGIN.left, WIDTH - MARGIN.right]);
  const most = Math.max(...ranges.map(([, calls]) => calls));
  const y = d3.scaleLinear([0, most], [HEIGHT - MARGIN.bottom, MARGIN.top]).nice(4);
  const places = d3.range(first, last + 2, Math.max(1, Math.ceil((last + 2 - first) / 10)));
  const text = (at) => (bounds[at] == null ? "" : ms(bounds[at]));
  axis(picture, d3.axisBottom(x).tickValues(places).tickFormat(text).tickSizeOuter(0), 0, HEIGHT - MARGIN.bottom);
  axis(picture, d3.axisLeft(y).ticks(4).tickFormat(d3.format("~s")), MARGIN.left, 0);
  for (const [at, calls] of ranges) {
    const height = Math.max(1, y(0) - y(calls));
    picture.append(svg("rect", { class: "bar", x: x(at) + 1, width: x(at + 1) - x(at) - 2, y: y(0) - height, height },
      svg("title", {}, `${text(at)} to ${text(at + 1)}: ${count(calls)} calls`)));
  }
  let before = -Infinity;
  for (const [mark, value] of marks) {
    const at = x(placeIn(bounds, value));
    picture.append(svg("line", { class: "mark", x1: at, x2: at, y1: MARGIN.top, y2: y(0) }));
    // Texts do not cover each other.
    if (at - before > 28) picture.append(svg("text", { class: "mark-text", x: at + 3, y: MARGIN.top - 4 }, mark));
    before = at - before > 28 ? at : before;
  }
  return picture;
}

function placeIn(bounds, value) {
  const at = Math.max(0, d3.bisectRight(bounds, value) - 1);
  const width = (bounds[at + 1] ?? bounds[at] * 1.5) - bounds[at] || 1;
  return at + Math.min(1, (value - bounds[at]) / width);
}

function asTable(heads, rows) {
  const table = el("table", { class: "counts" },
    el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col" }, head)))),
    el("tbody", {}, rows.map((row) => el("tr", {}, row.map((cell) => el("td", { class: "number" }, cell))))));
  return el("details", {}, el("summary", {}, "The numbers as a table"), el("div", { class: "wide", tabindex: "0" }, table));
}

function drawLatency() {
  const part = body("latency");
  const { calls } = data;
  if (!calls) return part.append(missing("calls"));
  const distribution = el("div");
  const pick = el("select", { onchange: (event) => choose({ edge: data.edges[event.target.value] ?? null }) },
    el("option", { value: "" }, "all calls"),
    data.edges.map((edge, at) => el("option", { value: at }, shortened(nameOfEdge(edge), 80))));
  function draw() {
    const of = state.edge ?? calls;
    pick.value = state.edge ? data.edges.indexOf(state.edge) : "";
    const { latency } = of;
    const what = state.edge ? nameOfEdge(state.edge) : "all calls";
    if (!of.histogram.length) return distribution.replaceChildren();
    const marks = [["p50", latency.p50], ["p95", latency.p95], ["p99", latency.p99]];
    const label = `Histogram of the latency of ${what}: half below ${ms(latency.p50)}, 95 % below ${ms(latency.p95)}`;
    const rows = of.histogram.map(([at, number]) =>
      [`${ms(calls.bounds[at])} to ${calls.bounds[at + 1] == null ? "∞" : ms(calls.bounds[at + 1])}`, count(number)]);
    distribution.replaceChildren(bars(label, of.histogram, calls.bounds, marks), asTable(["Latency", "Calls"], rows));
  }
  draw();
  parts.push(draw);
  const rough = calls.is_rough ? note("Of windows only percentiles are known: all calls between two of them stand at the upper one. Give linked calls or chains to see more.") : null;
  part.append(el("div", { class: "charts" },
    el("div", {}, el("h3", {}, "Distribution"), el("div", { class: "controls" }, el("label", {}, "Calls of", pick)), rough, distribution),
    el("div", {}, el("h3", {}, "Over time"), overTime(calls))));
}

function overTime(calls) {
  const { start, step, over_time: over } = calls;
  const end = start + step * over.count.length;
  const seconds = step / 1000;
  const time = d3.scaleUtc([start, Math.min(end, LAST)], [MARGIN.left, WIDTH - MARGIN.right]);
  const middle = (at) => time(start + step * (at + 0.5));
  const rates = chart(`Calls a second over time, each bar ${duration(step)}`);
  const y = d3.scaleLinear([0, Math.max(...over.count) / seconds], [HEIGHT - MARGIN.bottom, MARGIN.top]).nice(4);
  over.count.forEach((calls, at) => {
    const from = time(start + step * at);
    const top = y(calls / seconds);
    rates.append(svg("rect", { class: "bar", x: from, width: Math.max(1, time(start + step * (at + 1)) - from - 1), y: top, height: y(0) - top },
      svg("title", {}, `${moment(start + step * at)}: ${rate(calls / seconds)}`)));
  });
  const latencies = chart("Latency over time: half of the calls, and 95 % of them, took no longer");
  const most = Math.max(1, ...over.p95.filter((value) => value != null));
  const high = d3.scaleLinear([0, most], [HEIGHT - MARGIN.bottom, MARGIN.top]).nice(4);
  plotted(latencies, over.p50, middle, high, "");
  plotted(latencies, over.p95, middle, high, "high");
  for (const [picture, scale, format] of [[rates, y, d3.format("~s")], [latencies, high, (value) => ms(value)]]) {
    axis(picture, d3.axisBottom(time).ticks(5), 0, HEIGHT - MARGIN.bottom);
    axis(picture, d3.axisLeft(scale).ticks(4).tickFormat(format), MARGIN.left, 0);
  }
  const rows = over.count.map((number, at) => [moment(start + step * at), rate(number / seconds),
    over.p50[at] == null ? "" : ms(over.p50[at]), over.p95[at] == null ? "" : ms(over.p95[at])]);
  return el("div", {}, el("p", { class: "dim" }, `Calls a second, in steps of ${duration(step)}; times are UTC`), rates,
    el("p", { class: "dim" }, el("span", { class: "key" }), "p50  ", el("span", { class: "key high" }), "p95 of latency"), latencies,
    asTable(["From", "Rate", "p50", "p95"], rows));
}
