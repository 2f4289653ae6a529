// A slider over the days on which something was stated. It only fills in the date field beside it: the form works
// without this file, and nothing is sent before the reader asks for it.
"use strict";

const DAY = 24 * 60 * 60 * 1000;
const { lang } = document.documentElement;
const spoken = new Intl.DateTimeFormat(lang === "en" ? "en-GB" : lang, { dateStyle: "long", timeZone: "UTC" });

for (const slider of document.querySelectorAll(".slider")) {
  const field = slider.closest("form").elements.as_of;
  const range = slider.querySelector("input");
  const first = Date.parse(slider.dataset.first);
  const days = slider.dataset.days.split(",").map(Number);
  let at = 0;

  /** The day with statements that is nearest in the direction of the move. */
  function snapped(wanted) {
    if (wanted > at) return days.find((day) => day >= wanted) ?? days.at(-1);
    return days.findLast((day) => day <= wanted) ?? days[0];
  }

  function put(day) {
    at = day;
    range.value = day;
    range.setAttribute("aria-valuetext", spoken.format(first + day * DAY));
  }

  function follow() {
    const day = (Date.parse(field.value) - first) / DAY;
    if (Number.isFinite(day)) put(days.findLast((one) => one <= day) ?? days[0]);
  }

  range.addEventListener("input", () => {
    put(snapped(Number(range.value)));
    field.value = new Date(first + at * DAY).toISOString().slice(0, 10);
  });
  field.addEventListener("input", follow);
  slider.hidden = false;
  follow();
}
