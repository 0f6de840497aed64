// Puts the parts together.

const GIVE = {
  calls: [["linked calls", "callweave link -o"], ["chains", "callweave link --chains"], ["windows of edges", "callweave link --edges"]],
  chains: [["chains", "callweave link --chains"]],
  confidence: [["chains", "callweave link --chains"]],
  parents: [["linked calls", "callweave link -o"]],
  rejects: [["rejects", "callweave link --rejects"]],
};
const SHOWN = {
  calls: "No input has calls.",
  chains: "No input has chains, so their waterfalls and critical paths are not here.",
  confidence: "No input has chains, so how likely chosen parents are right is not known.",
  parents: "No input has linked calls, so which calls can have several parents is not known.",
  rejects: "No input has rejects.",
};

// Says which input would give a part of the page.
function missing(part) {
  const inputs = GIVE[part].flatMap(([what, command], at) => [at ? ", or " : " Give ", `${what} (`, code(command), " or the job's topic)"]);
  return note(SHOWN[part], ...inputs, ".");
}

function drawAbout() {
  const kinds = [["linked", "linked calls"], ["chains", "chains"], ["windows", "windows"], ["rejects", "rejects"]];
  const inputs = data.inputs.map((input) => {
    const found = kinds.filter(([kind]) => input[kind]).map(([kind, what]) => `${count(input[kind])} ${what}`);
    return `${input.name} (${found.join(", ") || "no records"})`;
  });
  const when = data.calls ? `${moment(data.calls.from)} to ${moment(data.calls.to)}. ` : "";
  document.getElementById("about").textContent = `${when}From ${inputs.join("; ")}. Made by callweave ${data.version}.`;
  document.getElementById("parts").append(...[...document.querySelectorAll("h2")].map((head) =>
    el("li", {}, el("a", { href: `#${head.id}` }, head.textContent))));
}

function drawOverview() {
  const { calls, chains } = data;
  const tiles = [];
  if (calls) {
    tiles.push(["Calls", count(calls.latency.count)], ["Rate", rate(calls.rate)], ["Time", duration(calls.to - calls.from)],
      ["Services", count(data.services.length) + (calls.calls_omitted ? "+" : "")], ["Edges", count(calls.edges)],
      ["p50 of a call", ms(calls.latency.p50)], ["p95 of a call", ms(calls.latency.p95)], ["p99 of a call", ms(calls.latency.p99)]);
  }
  if (chains) {
    tiles.push(["Chains", count(chains.latency.count)], ["p50 of a chain", ms(chains.latency.p50)],
      ["p99 of a chain", ms(chains.latency.p99)], ["Slowest chain", ms(chains.latency.max)]);
  }
  if (data.rejects != null) tiles.push(["Rejects", count(data.rejects)]);
  const part = body("overview");
  part.append(el("dl", { class: "tiles" }, tiles.map(([what, figure]) => el("div", {}, el("dt", {}, what), el("dd", {}, figure)))));
  if (calls) part.append(el("p", { class: "dim" }, `Calls are counted from ${calls.source}. Latencies are at most 1 % off, and exact below 99 ms.`));
}

drawAbout();
drawOverview();
drawMap();
drawEdges();
drawLatency();
drawServices();
drawChains();
drawLinks();
drawRejects();
