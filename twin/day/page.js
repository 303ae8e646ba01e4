// Draws the charts of the page with uPlot, from the data in the page. All times are minutes of the day.
"use strict";
const day = JSON.parse(document.getElementById("day").textContent);
const last = day.minutes.at(-1), NAMES = 64, COLOURS = 8;
const LANES = [["launch", "▲"], ["roll", "◆"], ["drained", "■"], ["release", "▼"]];
const slider = document.getElementById("minute"), output = document.getElementById("reading");
const charts = [];
let palette = {};

function takeColours() {
  const probe = document.body.appendChild(document.createElement("i"));
  const names = ["card", "ink", "soft", "line", "used", ...Array.from({length: COLOURS}, (_, n) => `c${n}`)];
  for (const name of names) {
    probe.style.color = `var(--${name})`;
    palette[name] = getComputedStyle(probe).color;
  }
  probe.remove();
}

const colour = (rdb) => palette[`c${day.rdbs.indexOf(rdb) % COLOURS}`];
const clock = (minute) => [minute / 60, minute % 60].map((n) => String(Math.floor(n)).padStart(2, "0")).join(":");
const short = (rdb) => rdb.name.split(" ")[0];

function text(ctx, words, x, y, ink, align = "left") {
  ctx.textAlign = align;
  ctx.fillStyle = ink;
  ctx.strokeStyle = palette.card;
  ctx.lineWidth = 4 * devicePixelRatio;
  ctx.strokeText(words, x, y);
  ctx.fillText(words, x, y);
}

function drawMemory(u, ctx) {
  for (const [name, value] of Object.entries(day.thresholds)) {
    const y = u.valToPos(value, "y", true);
    ctx.strokeStyle = palette.ink;
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(u.bbox.left, y);
    ctx.lineTo(u.bbox.left + u.bbox.width, y);
    ctx.stroke();
    text(ctx, `${name} threshold ${value} %`, u.bbox.left + 8 * devicePixelRatio, y - 9 * devicePixelRatio, palette.ink);
  }
  // One RDB is live at a time, so their bars never overlap.
  for (const rdb of day.rdbs.filter((r) => "live" in r.minutes)) {
    const [x, end] = [rdb.minutes.live, rdb.minutes.roll ?? rdb.minutes.drained ?? last].map((m) => u.valToPos(m, "x", true));
    const [top, bottom] = [112, 104].map((value) => u.valToPos(value, "y", true));
    ctx.fillStyle = colour(rdb);
    ctx.fillRect(x, top, Math.max(end - x - devicePixelRatio, devicePixelRatio), bottom - top);
    const label = [rdb.name, short(rdb)].find((words) => ctx.measureText(words).width + 6 * devicePixelRatio < end - x);
    ctx.textAlign = "center";
    ctx.fillStyle = palette.card;
    if (label) ctx.fillText(label, (x + end) / 2, (top + bottom) / 2);
  }
}

// Signs on top of each other would hide all but one: those of a place become one, with their count.
function places(u, kind, apart) {
  const found = [];
  for (const rdb of day.rdbs.filter((r) => kind in r.minutes).sort((a, b) => a.minutes[kind] - b.minutes[kind])) {
    const x = u.valToPos(rdb.minutes[kind], "x", true), before = found.at(-1);
    if (before && x - before.x < apart * devicePixelRatio) before.count += 1;
    else found.push({x, count: 1, rdb});
  }
  return found;
}

function drawEvents(u, ctx) {
  LANES.forEach(([kind, sign], lane) => {
    const y = u.valToPos(-lane, "y", true);
    let found = places(u, kind, 10);
    if (found.some(({count}) => count > 1)) found = places(u, kind, 28);  // room for the counts
    for (const {x, count, rdb} of found) {
      text(ctx, sign, x, y, count > 1 ? palette.soft : colour(rdb), "center");
      if (count > 1) text(ctx, count, x - 7 * devicePixelRatio, y, palette.soft, "right");
    }
  });
}

function chart(id, height, y, series, data, draw = () => {}) {
  const box = document.getElementById(id), font = "12px system-ui, sans-serif";
  const axis = {font, stroke: () => palette.soft, grid: {stroke: () => palette.line, width: 1}, ticks: {show: false}};
  const across = {...axis, size: 26, space: 46, incrs: [15, 60, 120, 240, 360, 480, 720], values: (_, at) => at.map(clock)};
  const options = {
    width: box.clientWidth, height: height,
    legend: {show: false},
    cursor: {sync: {key: "day"}, y: false, points: {show: false}, drag: {setScale: true}},
    scales: {x: {time: false}, y: {range: y.range}},
    axes: [{...across, ...y.across}, {...axis, size: NAMES, ...y.axis}],
    series: [{}, ...series],
    hooks: {
      setCursor: [(u) => { if (u.cursor.idx != null && u.cursor.event) read(u.cursor.idx); }],
      draw: [(u) => {
        const {left, top, width, height} = u.bbox;
        u.ctx.save();
        u.ctx.beginPath();
        u.ctx.rect(left - 8 * devicePixelRatio, top, width + 16 * devicePixelRatio, height);
        u.ctx.clip();
        u.ctx.font = `${12 * devicePixelRatio}px system-ui, sans-serif`;
        u.ctx.textBaseline = "middle";
        draw(u, u.ctx);
        u.ctx.restore();
      }],
    },
  };
  charts.push(new uPlot(options, [day.minutes, ...data], box));
}

// What is true at a minute, in words: for who cannot see the charts, and under the cursor.
function read(index) {
  const minute = day.minutes[index], now = {launch: [], live: [], roll: [], drained: []};
  for (const rdb of day.rdbs) {
    const kind = ["release", "drained", "roll", "live", "launch"].find((k) => rdb.minutes[k] <= minute);
    const percent = rdb.percent[index - rdb.from];
    now[kind]?.push(kind === "live" ? `${rdb.name} at ${percent?.toFixed(1)} %` : short(rdb));
  }
  const parts = Object.entries({live: "live", launch: "launched", roll: "rolled", drained: "drained"})
    .filter(([kind]) => now[kind].length)
    .map(([kind, word]) => `${word} ${now[kind].length > 6 ? `${now[kind].length} RDBs` : now[kind].join(" ")}`);
  const hosts = `desired ${day.desired[index]}, alive ${day.alive[index]}, in use ${day.used[index].toFixed(1)}`;
  slider.value = index;
  output.value = `${clock(minute)}: ${[...parts, hosts].join("; ")}`;
  slider.setAttribute("aria-valuetext", output.value);
}

takeColours();
const rdbLines = day.rdbs.map((rdb) => ({stroke: () => colour(rdb), width: 2, points: {show: false}}));
const rdbData = day.rdbs.map((rdb) => day.minutes.map((_, at) => rdb.percent[at - rdb.from] ?? null));
const percents = {splits: [0, 20, 40, 60, 80, 100, 108], values: (_, at) => at.map((v) => v > 100 ? "live" : `${v} %`)};
chart("memory", 300, {range: [0, 113], axis: {...percents, splits: () => percents.splits}, across: {values: () => [], size: 8}},
  rdbLines, rdbData, drawMemory);
const lanes = {splits: () => LANES.map((_, lane) => -lane), values: () => LANES.map(([kind]) => kind)};
chart("events", 110, {range: [-3.5, 0.5], axis: lanes}, [{show: false}], [day.minutes.map(() => null)], drawEvents);
const stepped = uPlot.paths.stepped({align: 1});
chart("capacity", 220, {range: (_, low, high) => [0, Math.max(1, high) + 0.2], axis: {incrs: [1, 2, 5, 10, 20, 50]}}, [
  {fill: () => palette.used, width: 0, points: {show: false}},
  {stroke: () => palette.c1, width: 4, paths: stepped, points: {show: false}},
  {stroke: () => palette.ink, width: 1.5, dash: [5, 4], paths: stepped, points: {show: false}},
], [day.used, day.alive, day.desired]);

function redraw() {
  takeColours();
  for (const u of charts) u.setSize({width: u.root.parentNode.clientWidth, height: u.height});
}

slider.max = day.minutes.length - 1;
slider.oninput = () => {
  read(Number(slider.value));
  for (const u of charts) u.setCursor({left: u.valToPos(day.minutes[slider.value], "x"), top: 0}, false);
};
new ResizeObserver(redraw).observe(document.querySelector("main"));
matchMedia("(prefers-color-scheme: dark)").onchange = redraw;
// Paper is white and narrow.
onbeforeprint = () => { document.documentElement.className = "print"; redraw(); };
onafterprint = () => { document.documentElement.className = ""; redraw(); };
