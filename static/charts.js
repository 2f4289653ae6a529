// Lets a reader play with the charts. Every figure is on the page without this file: it puts Plotly in the place of
// the drawn chart, opens a mark's witness without leaving the page, and lets arrow keys walk from mark to mark.
"use strict";

const script = document.currentScript;
const figures = [...document.querySelectorAll("figure.chart[data-figure]")];
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

/** Where the axis has no room, years lose their century and their days, as in the drawing. */
function fitted({ data, layout }, width) {
  if (width / layout.xaxis.tickvals.length >= 46) return { data, layout };
  const ticktext = layout.xaxis.ticktext.map((text) => {
    const [year, , letters] = text.split("<br>");
    return `’${year.slice(2)}<br>${letters}`;
  });
  const annotations = (layout.annotations || []).map((one) => ({ ...one, text: one.text.split("<br>")[0] }));
  return {
    data,
    layout: { ...layout, xaxis: { ...layout.xaxis, ticktext }, annotations, font: { ...layout.font, size: 11 } },
  };
}

/** A chart that leaves the page takes its title, its key and its source along. */
function picture(figure, data, layout) {
  const key = [...figure.querySelectorAll(".key li")].map((line) => line.textContent.trim().replace(/\s+/g, " "));
  const below = { xref: "paper", yref: "paper", x: 0, y: 0, xanchor: "left", yanchor: "top", align: "left", showarrow: false };
  const style = getComputedStyle(document.documentElement);
  return {
    data,
    layout: {
      ...layout,
      width: undefined,
      height: 500,
      paper_bgcolor: style.getPropertyValue("--paper").trim(),
      margin: { l: 20, r: 20, t: 60, b: 170 },
      title: { text: figure.querySelector("figcaption").textContent, x: 0.02, y: 0.96, xanchor: "left", font: { size: 18 } },
      annotations: [
        ...(layout.annotations || []),
        { ...below, yshift: -64, font: { size: 12 }, text: [...key, "", figure.dataset.source].join("<br>") },
      ],
    },
  };
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
    const { data, layout } = themed(fitted(spec, drawing.clientWidth), style);
    await Plotly.newPlot(live, data, layout, {
      displayModeBar: false, displaylogo: false, showSendToCloud: false, plotlyServerURL: "", responsive: true,
    });
    live.on("plotly_click", (event) => {
      const observation = event.points[0].customdata[0];
      if (!open(observation)) figure.querySelector(`a.mark[data-observation="${CSS.escape(observation)}"]`)?.click();
    });
    drawing.classList.add("playing");
    figure.dataset.state = "playing";
    const reset = figure.querySelector(".reset");
    const save = figure.querySelector(".save");
    reset.hidden = save.hidden = false;
    reset.onclick = () => Plotly.relayout(live, { "xaxis.range": [...layout.xaxis.range] });
    save.onclick = () => Plotly.downloadImage(picture(figure, data, layout), {
      format: "png", scale: 2, filename: `derek-${figure.dataset.figure.replace("figure-", "")}`,
      width: Math.max(drawing.clientWidth, 700), height: 500,
    });
  } catch (error) {
    // The drawn chart stays where it is.
    delete figure.dataset.state;
  }
}

function stop(figure) {
  if (figure.dataset.state !== "playing") return;
  window.Plotly.purge(figure.querySelector(".live"));
  figure.querySelector(".drawing").classList.remove("playing");
  delete figure.dataset.state;
}

/** The witness of an observation, if this page holds it. */
function open(observation) {
  const witness = document.getElementById(`w-${observation}`);
  if (!witness) return false;
  const details = witness.closest("details");
  if (details) details.open = true;
  witness.showPopover();
  return true;
}

for (const figure of figures) {
  const marks = [...figure.querySelectorAll("a.mark")];
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
  figure.querySelector("svg.chart").addEventListener("focusin", () => stop(figure));
  figure.addEventListener("pointerdown", () => play(figure));
}

const saving = navigator.connection && navigator.connection.saveData;
if (!saving && matchMedia("(hover: hover) and (pointer: fine)").matches) {
  const idle = window.requestIdleCallback || ((work) => setTimeout(work, 300));
  const seen = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) { seen.unobserve(target); idle(() => play(target)); }
    }
  });
  addEventListener("load", () => idle(() => figures.forEach((figure) => seen.observe(figure))));
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const figure of figures) {
    if (figure.dataset.state === "playing") { stop(figure); play(figure); }
  }
});
