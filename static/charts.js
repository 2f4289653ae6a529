// Lets a reader play with the charts. Every figure is on the page without this file: it puts Plotly in the place of
// the drawn chart, opens a mark's witness without leaving the page, and lets arrow keys walk from mark to mark.
"use strict";

const script = document.currentScript;
const figures = [...document.querySelectorAll("figure.chart[data-figure]")];
const narrow = matchMedia("(max-width: 40rem)");
let library;

/** Load Plotly once, when the first chart asks for it. */
function plotly() {
  library ??= new Promise((resolve, reject) => {
    const element = document.createElement("script");
    element.src = script.dataset.plotly;
    element.onload = () => resolve(window.Plotly);
    element.onerror = () => { library = undefined; reject(new Error("Plotly could not be loaded")); };
    document.head.append(element);
  });
  return library;
}

/** A figure's colours and fonts are names of the page's style; put in what they mean in this theme. */
function themed(value, style) {
  if (typeof value === "string" && value.startsWith("var(")) {
    return style.getPropertyValue(value.slice(4, -1)).trim();
  }
  if (Array.isArray(value)) return value.map((item) => themed(item, style));
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, themed(item, style)]));
  }
  return value;
}

/** Where the drawing has no room, its years have no century and no days; nor then have the figure's. */
function fitted({ data, layout }, drawn) {
  if (getComputedStyle(drawn.querySelector(".year.wide")).display !== "none") return { data, layout };
  const ticktext = layout.xaxis.ticktext.map((text) => {
    const [year, , letters] = text.split("<br>");
    return `’${year.slice(2)}<br>${letters}`;
  });
  const annotations = (layout.annotations || []).map((one) => {
    if (one.name === "gap") return { ...one, text: one.text.split("<br>")[0] };
    return one.name === "letter" ? { ...one, yshift: one.yshift + 15 } : one;
  });
  return { data, layout: { ...layout, xaxis: { ...layout.xaxis, ticktext }, annotations } };
}

async function play(figure) {
  if (figure.dataset.state) return;
  figure.dataset.state = "loading";
  const drawing = figure.querySelector(".drawing");
  const live = figure.querySelector(".live");
  try {
    const Plotly = await plotly();
    const spec = JSON.parse(document.getElementById(figure.dataset.figure).textContent);
    const style = getComputedStyle(document.documentElement);
    const { data, layout } = themed(fitted(spec, drawing), style);
    // Plotly writes into the layout it is given: what the whole axis was has to be kept apart.
    const [first, last] = layout.xaxis.range;
    await Plotly.newPlot(live, data, layout, {
      displayModeBar: false, displaylogo: false, showSendToCloud: false, plotlyServerURL: "", responsive: true,
      showTips: false,  // they are in English
    });
    live.on("plotly_click", (event) => {
      const observation = event.points[0].customdata[0];
      if (!open(observation)) figure.querySelector(`a.mark[data-observation="${CSS.escape(observation)}"]`)?.click();
    });
    document.getElementById("js-plotly-tester")?.setAttribute("aria-hidden", "true");
    drawing.classList.add("playing");
    figure.dataset.state = "playing";
    const reset = figure.querySelector(".reset");
    reset.onclick = () => Plotly.relayout(live, { "xaxis.range": [first, last] });
    // The lane above has the years of the whole chart: while the reader is inside it, it says nothing.
    live.on("plotly_relayout", () => {
      const [low, high] = live.layout.xaxis.range;
      const zoomed = low > first || high < last;
      reset.hidden = !zoomed;
      figure.classList.toggle("zoomed", zoomed);
    });
  } catch (error) {
    // The drawn chart stays where it is.
    delete figure.dataset.state;
  }
}

function stop(figure) {
  if (figure.dataset.state !== "playing") return;
  window.Plotly.purge(figure.querySelector(".live"));
  figure.classList.remove("zoomed");
  figure.querySelector(".reset").hidden = true;
  figure.querySelector(".drawing").classList.remove("playing");
  delete figure.dataset.state;
}

/** The witness of an observation, if this page holds it. */
function open(observation) {
  const witness = document.getElementById(`w-${observation}`);
  if (!witness) return false;
  witness.showPopover();
  // Focus goes along into the panel, and back to the mark when it is closed.
  const from = document.activeElement;
  witness.querySelector("a, button").focus();
  witness.addEventListener("toggle", function back(event) {
    if (event.newState !== "closed") return;
    witness.removeEventListener("toggle", back);
    if (witness.contains(document.activeElement) || document.activeElement === document.body) from.focus();
  });
  return true;
}

// Whoever goes on by keyboard leaves a panel behind: it closes, and covers nothing of what has the focus now.
for (const witness of document.querySelectorAll(".witness[popover]")) {
  witness.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget && !witness.contains(relatedTarget) && !relatedTarget.matches("button.figure")) witness.hidePopover();
  });
}

for (const figure of figures) {
  const marks = [...figure.querySelectorAll("svg.chart a.mark")];
  for (const mark of figure.querySelectorAll(".lane a.mark, .sideways a.mark")) {
    mark.addEventListener("click", (event) => {
      if (!event.metaKey && !event.ctrlKey && open(mark.dataset.observation)) event.preventDefault();
    });
  }
  marks.forEach((mark, place) => {
    mark.tabIndex = place ? -1 : 0;
    mark.addEventListener("click", (event) => {
      if (!event.metaKey && !event.ctrlKey && open(mark.dataset.observation)) event.preventDefault();
    });
    mark.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1, Home: -place, End: marks.length - 1 - place }[event.key];
      const next = marks[place + step];
      if (!next) return;
      event.preventDefault();
      marks.forEach((other) => { other.tabIndex = other === next ? 0 : -1; });
      next.focus();
    });
  });
  // A reader who comes by keyboard walks over the drawn marks, which have names; Plotly's have none.
  figure.addEventListener("focusin", (event) => { if (event.target.closest("svg.chart a.mark")) stop(figure); });
  figure.querySelector(".drawing").addEventListener("pointerdown", () => play(figure));
  // On a phone the years run downwards; whoever wants totals of several years, or to zoom, turns the chart upright.
  const turn = figure.querySelector(".turn");
  turn.hidden = !narrow.matches;
  narrow.addEventListener("change", () => { turn.hidden = !narrow.matches; });
  turn.addEventListener("click", () => {
    const upright = figure.classList.toggle("upright");
    [turn.textContent, turn.dataset.back] = [turn.dataset.back, turn.textContent];
    figure.scrollIntoView();
    if (upright) play(figure);
    else stop(figure);
  });
}

// A mark of a chart without a figure to play with opens its witness too, where the page has it.
for (const mark of document.querySelectorAll(".still a.mark")) {
  mark.addEventListener("click", (event) => {
    if (!event.metaKey && !event.ctrlKey && open(mark.dataset.observation)) event.preventDefault();
  });
}

for (const link of document.querySelectorAll("a.copy")) {
  link.addEventListener("click", async (event) => {
    if (event.metaKey || event.ctrlKey || !navigator.clipboard) return;
    event.preventDefault();
    const said = link.textContent;
    try {
      await navigator.clipboard.writeText(link.href);
    } catch (error) {
      location.assign(link.href);
      return;
    }
    link.textContent = link.dataset.copied;
    setTimeout(() => { link.textContent = said; }, 2000);
  });
}

const saving = navigator.connection && navigator.connection.saveData;
// With colours of the reader's own, the drawn chart keeps to them and Plotly's would not.
if (!saving && matchMedia("(hover: hover) and (pointer: fine) and (forced-colors: none)").matches) {
  const idle = window.requestIdleCallback || ((work) => setTimeout(work, 300));
  const seen = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting && !narrow.matches) { seen.unobserve(target); idle(() => play(target)); }
    }
  });
  addEventListener("load", () => idle(() => figures.forEach((figure) => seen.observe(figure))));
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const figure of figures) {
    if (figure.dataset.state === "playing") { stop(figure); play(figure); }
  }
});
