// Shows a day of a cluster: its charts, and its decisions.
/* global drawDay */
import {at, el, keyed, prose} from "./dom.js";

const MOST = 200;
let drawn, readings = new Map(), rows = new Map(), most = MOST, cut = false;

export function forgetDay() {
  drawn?.stop();
  [drawn, readings, rows, most, cut] = [undefined, new Map(), new Map(), MOST, false];
  at("decisions").replaceChildren();
}

// Keeps the memory of each RDB at a look, for the chart of today.
export function keepReadings(look) {
  const minute = Number(look.at.slice(11, 13)) * 60 + Number(look.at.slice(14, 16));
  for (const {id, percent} of look.rdbs.filter((rdb) => rdb.percent !== null)) {
    if (!readings.has(id)) readings.set(id, new Map());
    readings.get(id).set(minute, percent);
  }
}

export function showDay(day) {
  const {chart} = day, today = day.date === day.today;
  const last = chart.minutes.length - 1, known = new Map(chart.rdbs.map((rdb) => [rdb.id, rdb]));
  at("day-title").textContent = today ? `Today, ${day.words}` : day.words;
  at("date").value = day.date;
  at("date").max = day.today;
  if (today) {
    for (const id of readings.keys()) if (!known.has(id)) known.set(id, {id, name: id.slice(0, 7), minutes: {}, known: []});
  }
  chart.rdbs = [...known.values()].map((rdb) => {
    const percent = new Array(last + 1).fill(null);
    for (const [minute, value] of [...rdb.known, ...(today && readings.get(rdb.id) || [])]) {
      if (minute <= last) percent[minute] = value;
    }
    return {...rdb, from: 0, percent};
  });
  const {events, answers, alerts} = chart.timeline, told = events.length + answers.length + alerts.length;
  drawn?.stop();
  at("standing").replaceChildren(...(told ? [
    el("h3", {}, "What was asked, refused and told"),
    el("div", {id: "timeline", role: "img", ariaLabel: "Requests, refusals and alerts over the day, as in the decisions"}),
  ] : []));
  drawn = drawDay(chart);
  cut = day.cut;
  showDecisions(day.decisions);
}

// Adds decisions to those that are shown, the newest first.
export function showDecisions(decisions) {
  for (const decision of decisions) rows.set(decision.id, decision);
  const found = [...rows.values()].filter((one) => !at("acting").checked || one.does.length || one.asked.length);
  found.sort((a, b) => a.id < b.id ? 1 : -1);
  keyed(at("decisions"), found.slice(0, most), ({id}) => id, row);
  const more = cut ? "; there are more, which `highwater decisions` shows" : "";
  at("count").replaceChildren(...prose(`${counted(rows.size)} as recorded, the newest first${more}.`));
  at("more").hidden = found.length <= most;
  at("more").textContent = `Show all ${counted(found.length)}`;
}

const counted = (number) => number.toLocaleString("en");
at("acting").onchange = () => showDecisions([]);
at("more").onclick = () => {
  most = Infinity;
  showDecisions([]);
};

const lines = (texts, className = "") => texts.map((text) => el("div", {className}, ...prose(text)));

function row({time, at: when, code, asked, why, does, failed, triggers, outcome}) {
  const refused = does.filter((text) => text.startsWith("refuses ")), did = does.filter((text) => !refused.includes(text));
  return [el("tr", {},
    el("td", {}, el("time", {dateTime: when}, time)),
    el("td", {className: did.length ? "acts" : ""}, code),
    el("td", {}, ...lines(asked, "note"), ...prose(why), ...lines(did, `acts ${failed.length ? "bad" : "good"}`), ...lines(refused, "bad")),
    el("td", {}, ...lines(triggers)),
    el("td", {}, ...lines(outcome)))];
}
