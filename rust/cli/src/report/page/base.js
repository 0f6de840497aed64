// What all parts of the page use: making elements, writing numbers, and what the reader has chosen.

const data = JSON.parse(document.getElementById("data").textContent);
const SVG = "http://www.w3.org/2000/svg";

// Names come from records: they are only ever put in as text.
function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child != null));
  return element;
}
const el = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
const svg = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);
const body = (part) => document.getElementById(`${part}-body`);
const note = (...text) => el("p", { class: "note" }, ...text);
const code = (text) => el("code", {}, text);

const name = (place) => data.names[place];
const nameOfEdge = (edge) => `${name(edge.src)} → ${name(edge.dst)}`;

const count = (number) => number.toLocaleString("en");
function rate(number) {
  return `${number >= 100 ? count(Math.round(number)) : number >= 1 ? number.toFixed(1) : number.toPrecision(2)}/s`;
}
function ms(time) {
  if (time >= 100_000) return `${count(Math.round(time / 1000))} s`;
  if (time >= 1000) return `${(time / 1000).toFixed(time >= 10_000 ? 1 : 2)} s`;
  return `${Number.isInteger(time) ? time : time.toFixed(1)} ms`;
}
const percent = (share) => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
// The last moment that a Date can have.
const LAST = 8.64e15;
const moment = (time) => new Date(Math.min(time, LAST)).toISOString().replace("T", " ").replace("Z", " UTC");
function duration(time) {
  const units = [["d", 86_400_000], ["h", 3_600_000], ["min", 60_000], ["s", 1000]];
  const at = units.findIndex(([, length]) => time >= length);
  if (at < 0) return ms(time);
  const [unit, length] = units[at];
  const whole = Math.floor(time / length);
  const rest = at + 1 < units.length ? Math.round((time % length) / units[at + 1][1]) : 0;
  return rest ? `${whole} ${unit} ${rest} ${units[at + 1][0]}` : `${whole} ${unit}`;
}
const shortened = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

// What the reader has chosen. Parts that show it are drawn again when it changes.
const state = { filter: "", focus: null, edge: null, most: 40 };
const parts = [];
function choose(change) {
  Object.assign(state, change);
  parts.forEach((draw) => draw());
}
function say(text) {
  document.getElementById("said").textContent = text;
}

const isFiltered = () => state.filter !== "" || state.focus !== null;
// Edges that the filter and the focus let through, the busiest first.
function chosenEdges() {
  const wanted = state.filter.toLowerCase();
  const has = (place) => name(place).toLowerCase().includes(wanted);
  return data.edges.filter((edge) => {
    const isNear = state.focus === null || edge.src === state.focus || edge.dst === state.focus;
    return isNear && (wanted === "" || has(edge.src) || has(edge.dst));
  });
}
