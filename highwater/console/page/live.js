// Shows a cluster as it is now.
import {at, el, keyed, prose} from "./dom.js";
import {open} from "./acting.js";

const OF_CLUSTER = [["raise", "Raise"], ["lower", "Lower"], ["hold", "Hold"], ["lift", "Lift the hold"]];

export function showLook(look) {
  at("when").textContent = `${look.cluster}, ${look.at ? `${look.at.slice(0, 10)} ${look.time} UTC` : "as far as it is known"}`;
  if (at("headline").textContent !== look.headline) at("headline").textContent = look.headline;
  document.querySelector("#live header").className = look.alerts.length ? "bad" : "good";
  document.title = `${look.cluster}${look.alerts.length ? ` (${look.alerts.length})` : ""} - Highwater`;
  keyed(at("cards"), look.cards ?? [], (card) => card.name, card);
  listed("todo", look.todo, (text) => text, () => line("li", prose));
  listed("alerts", look.alerts, (alert) => alert.key, () => line("li", (alert) => [
    el("b", {className: "bad"}, alert.key), ` since ${alert.since}: `, ...prose(alert.text),
    ...(alert.todo ? [el("div", {className: "note"}, "to do: ", ...prose(alert.todo))] : []),
  ]));
  keyed(at("said"), look.said.map(([word, text], n) => ({n, word, text})), ({n}) => n, () => line("div", ({word, text}) => [
    el("dt", {}, word), el("dd", {}, ...prose(text)),
  ]));
  at("actions").hidden = !look.rdbs;
  const acts = OF_CLUSTER.filter(([action]) => action !== "lift" || look.hold);
  const buttons = acts.map((way) => ({cluster: look.cluster, way, acts}));
  keyed(at("actions").querySelector(".buttons"), buttons, ({way}) => way[0], ({way}) => {
    const node = el("button", {type: "button"}, `${way[1]} …`);
    return [node, ({cluster, way, acts}) => { node.onclick = () => open(cluster, null, acts, way[0]); }];
  });
  const last = Math.max(1, ...(look.rdbs ?? []).map(({window}) => window[1] ?? 0));
  const shared = {cluster: look.cluster, last, thresholds: look.thresholds};
  keyed(at("rdbs"), (look.rdbs ?? []).map((rdb) => ({...rdb, ...shared})), ({id}) => id, rdb);
}

function listed(id, items, key, make) {
  at(id).hidden = !items.length;
  keyed(at(id).lastElementChild, items, key, make);
}

// A line that is written anew when its item is another.
function line(tag, write) {
  const node = el(tag);
  return [node, (item) => node.replaceChildren(...write(item))];
}

function card() {
  const [name, value, more] = [el("dt"), el("span"), el("small")];
  const node = el("div", {}, name, el("dd", {}, value, more));
  return [node, (card) => {
    node.className = card.bad ? "bad" : "";
    [name.textContent, value.textContent, more.textContent] = [card.name, card.value, card.more];
  }];
}

function rdb() {
  const [name, state, memory, holds] = [el("b"), el("span", {className: "state"}), el("span"), el("span")];
  const [fill, roll, hard, span] = [el("i", {className: "fill"}), el("i", {className: "mark"}), el("i", {className: "mark hard"}), el("i", {className: "span"})];
  const notes = el("div", {className: "note"}), acts = el("button", {type: "button"}, "Act …");
  const node = el("li", {},
    el("div", {className: "who"}, name, " ", state), acts,
    el("div", {className: "memory"}, el("div", {className: "bar", ariaHidden: "true"}, fill, roll, hard), memory),
    el("div", {className: "window"}, el("div", {className: "bar thin", ariaHidden: "true"}, span), holds), notes);
  return [node, (rdb) => {
    [name.textContent, state.textContent, memory.textContent, holds.textContent] = [rdb.id, rdb.state, rdb.memory, rdb.holds];
    node.className = rdb.state.split(/[ ,]/)[0];
    fill.style.width = `${Math.min(100, rdb.percent ?? 0)}%`;
    roll.style.left = `${rdb.thresholds.roll}%`;
    hard.hidden = rdb.thresholds.hard === null;
    hard.style.left = `${rdb.thresholds.hard ?? 100}%`;
    const [first, end] = rdb.window;
    span.hidden = end === null;
    span.style.left = `${100 * (first ?? 0) / rdb.last}%`;
    span.style.width = `${100 * ((end ?? 0) - (first ?? 0)) / rdb.last}%`;
    notes.replaceChildren(...[rdb.room, ...rdb.notes].map((note) => el("div", {}, ...prose(note))));
    acts.hidden = !rdb.there;
    acts.setAttribute("aria-label", `Act on ${rdb.id}`);
    const ways = [["release", "Release"], ["hold", "Hold"], ...(rdb.hold ? [["lift", "Lift the hold"]] : [])];
    acts.onclick = () => open(rdb.cluster, rdb.id, ways, ways[0][0]);
  }];
}
