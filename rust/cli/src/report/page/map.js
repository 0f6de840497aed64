// The map of services: laid out by dagre, in layers from callers to the called.

const NODE = { height: 44, chars: 26, least: 110, padding: 10 };
// Smaller than this, texts cannot be read.
const READABLE = 0.65;
// With more edges than this, texts at edges would cover each other.
const MAX_LABELLED = 45;
// Its usual way to rank nodes takes too long for more edges than this.
const MAX_EXACT = 300;

let drawn = null;

// How wide a text in the map is.
const pen = document.createElement("canvas").getContext("2d");
function widthOf(text, font) {
  pen.font = `${font} ${getComputedStyle(document.documentElement).fontFamily}`;
  return pen.measureText(text).width;
}
const TITLE = "600 12px";
const FIGURES = "11px";

function drawMap() {
  const part = body("map");
  if (!data.calls) return part.append(missing("calls"));
  const filter = el("input", {
    type: "search", id: "filter", autocomplete: "off", placeholder: "part of a name",
    oninput: (event) => choose({ filter: event.target.value.trim() }),
  });
  const sizes = [20, 40, 80, 150, 300].filter((size) => size < data.edges.length);
  const most = el("select", { onchange: (event) => choose({ most: Number(event.target.value) }) },
    sizes.map((size) => el("option", { value: size }, size)),
    el("option", { value: data.edges.length }, `all ${count(data.edges.length)}`));
  state.most = Math.min(state.most, data.edges.length);
  most.value = state.most;
  const all = el("button", { type: "button", onclick: () => { filter.value = ""; choose({ filter: "", focus: null, edge: null }); filter.focus(); } }, "Show all services");
  const zoomed = (label, text, action) => el("button", { type: "button", "aria-label": label, title: label, onclick: action }, text);
  const heading = el("p", { class: "dim" });
  const frame = el("div", { class: "picture" });
  const draw = () => {
    const edges = chosenEdges();
    const shown = edges.slice(0, state.most);
    const hidden = edges.length - shown.length;
    const focused = state.focus === null ? "" : `Neighbours of ${name(state.focus)}. `;
    heading.textContent = `${focused}${shown.length ? `${count(shown.length)} edges` : "No edge fits the filter"}`
      + `${hidden ? `, the busiest of ${count(edges.length)}` : ""}. Choose a service to see its neighbours alone.`;
    all.disabled = !isFiltered() && state.edge === null;
    drawn = picture(shown);
    frame.replaceChildren(drawn.element);
    drawn.fit(READABLE);
  };
  // Marks alone need no new layout.
  let laidOut = "";
  parts.push(() => {
    const now = JSON.stringify([state.filter, state.focus, state.most]);
    if (now !== laidOut) {
      laidOut = now;
      draw();
    }
    all.disabled = !isFiltered() && state.edge === null;
    drawn.mark();
  });
  part.append(
    el("div", { class: "controls" },
      el("label", {}, "Filter", filter), el("label", {}, "Busiest edges", most), all,
      zoomed("Zoom in", "+", () => drawn.scale(1.4)), zoomed("Zoom out", "−", () => drawn.scale(1 / 1.4)),
      zoomed("Fit the map into its frame", "Fit", () => drawn.fit())),
    heading, frame,
    el("p", { class: "dim" }, "Lines are thicker where more calls go; texts are rate and p95. ",
      data.services.some((service) => service.blame != null) ? "The red bar below a service is its share in the time of chains. " : "",
      "Dragging moves the map, Ctrl and the wheel zoom."));
  draw();
  laidOut = JSON.stringify([state.filter, state.focus, state.most]);
}

function focusNode(place) {
  drawn?.nodes.get(place)?.focus();
}

// Where everything stands. Parts of the map without a call between them are laid out each, and put beside each other.
function layout(edges, shape) {
  const hasTexts = edges.length <= MAX_LABELLED;
  const pieces = components(edges).map((piece) => layoutPiece(piece, shape < 1, hasTexts));
  pieces.sort((a, b) => b.height - a.height || b.width - a.width);
  const area = d3.sum(pieces, (piece) => piece.width * piece.height);
  const most = Math.max(d3.max(pieces, (piece) => piece.width) ?? 0, Math.sqrt(area * shape));
  const all = { nodes: [], lines: [], width: 0, height: 0, hasTexts };
  let [x, y, next] = [0, 0, 0];
  for (const piece of pieces) {
    if (x > 0 && x + piece.width > most) [x, y] = [0, next];
    for (const node of piece.nodes) all.nodes.push({ ...node, x: node.x + x, y: node.y + y });
    for (const line of piece.lines) {
      const points = line.points.map((point) => ({ x: point.x + x, y: point.y + y }));
      all.lines.push({ ...line, points, x: line.x + x, y: line.y + y });
    }
    x += piece.width;
    next = Math.max(next, y + piece.height);
    all.width = Math.max(all.width, x);
  }
  return { ...all, height: next };
}

// The edges, in lists that have no service in common.
function components(edges) {
  const above = new Map();
  const top = (place) => {
    let at = place;
    while (above.has(at)) at = above.get(at);
    if (at !== place) above.set(place, at);
    return at;
  };
  for (const edge of edges) {
    const [a, b] = [top(edge.src), top(edge.dst)];
    if (a !== b) above.set(a, b);
  }
  return [...d3.group(edges, (edge) => top(edge.src)).values()];
}

function layoutPiece(edges, isUpright, hasTexts) {
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({
    rankdir: isUpright ? "TB" : "LR", nodesep: 20, ranksep: hasTexts ? 40 : 70, edgesep: 12, marginx: 16, marginy: 12,
    ranker: edges.length > MAX_EXACT ? "longest-path" : "network-simplex",
  });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const place of new Set(edges.flatMap((edge) => [edge.src, edge.dst]))) {
    const text = shortened(name(place), NODE.chars);
    const longest = Math.max(widthOf(text, TITLE), widthOf(figuresOf(place), FIGURES));
    const width = Math.max(NODE.least, longest + 2 * NODE.padding);
    graph.setNode(String(place), { place, text, width, height: NODE.height });
  }
  edges.forEach((edge, at) => {
    const text = `${rate(edge.rate)} · ${ms(edge.latency.p95)}`;
    const label = hasTexts ? { width: widthOf(text, FIGURES) + 8, height: 16, labelpos: "c" } : {};
    graph.setEdge(String(edge.src), String(edge.dst), { edge, text, ...label }, String(at));
  });
  dagre.layout(graph);
  const { width, height } = graph.graph();
  return { nodes: graph.nodes().map((key) => graph.node(key)), lines: graph.edges().map((key) => graph.edge(key)), width, height };
}

const services = new Map(data.services.map((service) => [service.name, service]));

function figuresOf(place) {
  const { latency, rate: incoming, out_rate: outgoing } = services.get(place);
  return latency.count ? `${rate(incoming)} · p95 ${ms(latency.p95)}` : `calls ${rate(outgoing)}`;
}

function picture(edges) {
  const size = layout(edges, document.documentElement.clientWidth < 700 ? 0.8 : 2.2);
  const inner = svg("g");
  const element = svg("svg", { role: "group", "aria-label": `Map of ${size.nodes.length} services and ${edges.length} edges` },
    svg("defs", {}, svg("marker", { id: "tip", viewBox: "0 0 10 10", refX: 9, refY: 5, markerWidth: 9, markerHeight: 9, markerUnits: "userSpaceOnUse", orient: "auto" },
      svg("path", { class: "tip", d: "M0,1 L10,5 L0,9 z" }))), inner);
  const busiest = Math.max(...edges.map((edge) => edge.rate), 0.001);
  const width = d3.scaleSqrt([0, busiest], [1, 6]);
  const line = d3.line((point) => point.x, (point) => point.y).curve(d3.curveBasis);
  const lines = [];
  for (const { edge, points, text, x, y, width: across, height: down } of size.lines) {
    const path = line(points);
    const about = `${nameOfEdge(edge)}: ${rate(edge.rate)}, p50 ${ms(edge.latency.p50)}, p95 ${ms(edge.latency.p95)}, p99 ${ms(edge.latency.p99)}`;
    const made = svg("g", { class: "edge", onclick: () => choose({ edge: state.edge === edge ? null : edge }) },
      svg("title", {}, about),
      svg("path", { class: "seen", d: path, "stroke-width": width(edge.rate).toFixed(1), "marker-end": "url(#tip)" }),
      svg("path", { class: "hit", d: path }),
      ...(size.hasTexts ? [svg("rect", { class: "under", x: x - across / 2, y: y - down / 2, width: across, height: down }), svg("text", { x, y: y + 4 }, text)] : []));
    lines.push([edge, made]);
    inner.append(made);
  }
  const nodes = new Map();
  for (const node of size.nodes) {
    nodes.set(node.place, nodeOf(node));
    inner.append(nodes.get(node.place));
  }
  const zoom = d3.zoom().scaleExtent([0.01, 4])
    .filter((event) => !event.button && (event.type !== "wheel" || event.ctrlKey || event.metaKey) && (event.touches?.length ?? 2) > 1)
    .on("zoom", (event) => inner.setAttribute("transform", event.transform));
  const selection = d3.select(element).call(zoom).on("dblclick.zoom", null);
  const frame = () => [element.clientWidth || 1000, element.clientHeight || 500];
  // A node that gets the focus of the keyboard is moved into sight.
  const standing = new Map(size.nodes.map((node) => [node.place, node]));
  inner.addEventListener("focusin", (event) => {
    const node = standing.get(Number(event.target.dataset.node));
    // Some browsers give the focus to the whole map for a moment.
    if (!node) return;
    const [x, y] = d3.zoomTransform(element).apply([node.x, node.y]);
    const [across, down] = frame();
    if (x < 60 || y < 30 || x > across - 60 || y > down - 30) selection.call(zoom.translateTo, node.x, node.y);
  });
  return {
    element,
    nodes,
    scale: (factor) => selection.call(zoom.scaleBy, factor),
    // The whole map, or as much of it as can be read around the busiest edge.
    fit(least = 0) {
      if (!size.lines.length) return;
      const [across, down] = frame();
      const scale = Math.min(1.2, Math.max(least, Math.min(across / size.width, down / size.height)));
      const middle = standing.get(edges[0].dst);
      const before = (room, length, at) => (length * scale <= room
        ? (room - length * scale) / 2
        : Math.min(0, Math.max(room - length * scale, room / 2 - at * scale)));
      const moved = d3.zoomIdentity.translate(before(across, size.width, middle.x), before(down, size.height, middle.y));
      selection.call(zoom.transform, moved.scale(scale));
    },
    mark() {
      lines.forEach(([edge, made]) => made.classList.toggle("chosen", edge === state.edge));
    },
  };
}

function nodeOf({ place, text, x, y, width, height }) {
  const { blame } = services.get(place);
  const isFocus = state.focus === place;
  const toggle = () => {
    choose({ focus: isFocus ? null : place });
    focusNode(place);
  };
  const keyed = (event) => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      toggle();
    } else if (event.key === "Escape" && state.focus !== null) {
      choose({ focus: null });
      focusNode(place);
    }
  };
  const share = blame ? `, ${percent(blame)} of the time of chains` : "";
  // What can be read in the picture comes first.
  const whole = text === name(place) ? "" : `, ${name(place)}`;
  const about = `${text} ${figuresOf(place)}${share}${whole}`;
  return svg("g", {
    class: "node", tabindex: "0", role: "button", "aria-pressed": String(isFocus), "aria-label": about, "data-node": place,
    transform: `translate(${x - width / 2},${y - height / 2})`, onclick: toggle, onkeydown: keyed,
  }, svg("title", {}, about),
  svg("rect", { class: "box", width, height, rx: 6 }),
  svg("text", { class: "title", x: NODE.padding, y: 18 }, text), " ",
  svg("text", { class: "figures", x: NODE.padding, y: 33 }, figuresOf(place)),
  blame ? svg("rect", { class: "blame", x: 1, y: height - 5, height: 4, width: Math.max(1, (width - 2) * blame) }) : null);
}
