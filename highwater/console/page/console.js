// The page: which cluster and which day is shown, and when the API is looked at again.
import {whenDone} from "./acting.js";
import {ask, takeToken, Trouble} from "./asking.js";
import {forgetDay, keepReadings, showDay, showDecisions} from "./day.js";
import {at, el, keyed, prose} from "./dom.js";
import {showLook} from "./live.js";

const LOOK_EVERY = 5000, DAY_EVERY = 60000, ALL_EVERY = 15000;
let turn = 0, where = {}, wake = () => {}, first = null, seen = "";
// Of which cluster each part is.
const shown = {live: "", history: ""};

const place = () => {
  const [cluster = "", day = ""] = location.hash.slice(1).split("/");
  return {cluster, day};
};

async function showClusters() {
  const {lines, headings, first: meant} = await ask("clusters");
  first = meant ?? (lines.length === 1 ? lines[0].cluster : null);
  const names = lines.filter(({cluster}) => cluster !== "*");
  const links = [{cluster: "", alerts: 0}, ...(names.length ? names : first ? [{cluster: first, alerts: 0}] : [])];
  keyed(at("clusters"), links.map(({cluster, alerts}) => ({cluster, alerts, here: cluster === where.cluster})), ({cluster}) => cluster, () => {
    const node = el("a");
    return [node, ({cluster, alerts, here}) => {
      node.href = cluster ? `#${cluster}` : "#/";
      node.textContent = cluster ? `${cluster}${alerts ? ` (${alerts})` : ""}` : "All clusters";
      node.className = alerts ? "bad" : "";
      if (here) node.setAttribute("aria-current", "page");
      else node.removeAttribute("aria-current");
    }];
  });
  at("all").querySelector("thead").replaceChildren(el("tr", {}, ...headings.map((text) => el("th", {scope: "col"}, text))));
  keyed(at("all").querySelector("tbody"), lines, ({cluster}) => cluster, () => {
    const node = el("tr");
    return [node, ({cluster, cells, alerts}) => node.replaceChildren(
      el("th", {scope: "row"}, cluster === "*" ? "*" : el("a", {href: `#${cluster}`}, cluster)),
      ...cells.slice(1).map((text, n) => el("td", {"data-name": headings[n + 1], className: alerts && n === 3 ? "bad" : ""}, text)),
    )];
  });
}

function show(...parts) {
  for (const part of parts) [at(part).hidden, shown[part]] = [false, where.cluster];
}

async function showNow(mine) {
  const look = await ask(`clusters/${where.cluster}`);
  if (mine !== turn) return null;
  showLook(look);
  show("live", "history");
  seen = look.time ?? "";
  const today = look.at?.slice(0, 10);
  if (!today) {
    showDecisions(look.decisions);
    return null;
  }
  keepReadings(look);
  // Whoever goes a day back goes from the API's day, which need not be this machine's. Once: a date may be half typed.
  if (at("date").max !== today) at("date").value = at("date").max = today;
  // A look has the newest decisions, some of which may be of the day before.
  showDecisions(look.decisions.filter((one) => one.at.slice(0, 10) === today));
  return today;
}

async function showDayOf(date, mine) {
  const day = await ask(`clusters/${where.cluster}/days/${date}`);
  if (mine !== turn) return;
  show("history");
  showDay(day);
}

const pause = (milliseconds) => new Promise((then) => {
  wake = then;
  setTimeout(then, milliseconds);
});

// Runs one step; what cannot be had is told, and what was seen last stays, and is marked as old.
async function told(step) {
  try {
    const found = await step();
    return [true, found];
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    return [false, error.message];
  }
}

function trouble(sentence) {
  at("trouble").hidden = !sentence;
  if (sentence) at("trouble").replaceChildren(...prose(`NO ANSWER: ${sentence}${seen ? ` What is below is of ${seen} UTC.` : ""}`));
  document.body.classList.toggle("old", Boolean(sentence));
}

async function run() {
  const mine = turn, due = {all: 0, day: 0};
  let day = "";
  while (mine === turn) {
    const now = performance.now(), steps = [];
    if (now >= due.all) {
      due.all = now + (where.cluster ? ALL_EVERY : 0);
      steps.push(told(showClusters));
    }
    if (where.cluster && !where.day) {
      steps.push(told(() => showNow(mine)).then(async ([met, date]) => {
        if (!met || !date || mine !== turn) return [met, date];
        if (date === day && now < due.day) return [met, date];
        if (date !== day && day) forgetDay();
        [day, due.day] = [date, now + DAY_EVERY];
        return told(() => showDayOf(date, mine));
      }));
    } else if (where.cluster && now >= due.day) {
      due.day = Infinity;
      steps.push(told(() => showDayOf(where.day, mine)).then((done) => { if (!done[0]) due.day = 0; return done; }));
    }
    const failed = (await Promise.all(steps)).find(([met]) => !met);
    if (mine !== turn) return;
    trouble(failed?.[1]);
    if (!where.cluster && !where.chosen && first) {
      location.hash = first;
      return;
    }
    await pause(LOOK_EVERY);
    while (document.hidden && mine === turn) await pause(LOOK_EVERY);
  }
}

function go() {
  takeToken();
  turn += 1;
  wake();
  // "#/" is all clusters, as it was chosen; nothing is the beginning, which opens the only one.
  where = {...place(), chosen: location.hash === "#/"};
  seen = "";
  forgetDay();
  // Until a cluster has answered, nothing is shown of it: what is there may be another one's.
  const unknown = (part) => !where.cluster || shown[part] !== where.cluster;
  at("all").hidden = Boolean(where.cluster);
  [at("live").hidden, at("history").hidden] = [Boolean(where.day) || unknown("live"), unknown("history")];
  at("date").value = where.day || at("date").max;
  at("now").href = `#${where.cluster}`;
  at("now").hidden = !where.day;
  document.title = `${where.cluster || "Clusters"} - Highwater`;
  run();
}

const toDay = (date) => { if (date) location.hash = date === at("date").max ? where.cluster : `${where.cluster}/${date}`; };
at("date").onchange = () => toDay(at("date").value);
at("before").onclick = () => {
  const date = new Date(`${at("date").value || new Date().toISOString().slice(0, 10)}T00:00:00Z`);
  toDay(new Date(date.getTime() - 86400000).toISOString().slice(0, 10));
};
whenDone(() => wake());
document.onvisibilitychange = () => wake();
onhashchange = go;
go();
