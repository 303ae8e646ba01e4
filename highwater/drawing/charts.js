// Draws a day of a cluster with uPlot, for whoever has its data. All times are minutes of the day.
"use strict";
const LIFE = [["launch", "▲"], ["roll", "◆"], ["drained", "■"], ["release", "▼"]];
const NAMED = {event: "event", lanes: ["events", "answers", "alerts"]};
const FONT = "12px system-ui, sans-serif", COLOURS = 8;
const palette = {};

function takeColours() {
  const probe = document.body.appendChild(document.createElement("i"));
  for (const name of ["card", "ink", "soft", "line", "used", "alert", ..."01234567".split("").map((n) => `c${n}`)]) {
    probe.style.color = `var(--${name})`;
    palette[name] = getComputedStyle(probe).color;
  }
  probe.remove();
}

// The evening before has minutes below 0.
const ofDay = (minute) => minute < 0 ? minute + 1440 : minute;
const clock = (minute) => [ofDay(minute) / 60, ofDay(minute) % 60].map((n) => String(Math.floor(n)).padStart(2, "0")).join(":");

function write(ctx, words, x, y, ink, align) {
  Object.assign(ctx, {textAlign: align, fillStyle: ink, strokeStyle: palette.card, lineWidth: 4});
  ctx.strokeText(words, x, y);
  ctx.fillText(words, x, y);
}

// Draws into the elements memory, events, timeline (if there is one) and capacity, and reads into the slider
// `minute` and the output `reading`. `used` may be missing where only `with_room` is known, and percents may
// have gaps. Returns {redraw, stop}.
function drawDay(day) {
  const slider = document.getElementById("minute"), output = document.getElementById("reading");
  const charts = [], filled = day.used ?? day.with_room, named = day.timeline.named ?? NAMED, lanes = day.lanes ?? LIFE;
  const colour = (rdb) => palette[`c${day.rdbs.indexOf(rdb) % COLOURS}`];

  // The thresholds by name, and a bar that shows who is live: one RDB at a time is, so they never overlap.
  function drawMemory(u, ctx) {
    for (const [name, value] of Object.entries(day.thresholds)) {
      write(ctx, `${name} threshold ${value} %`, 8, u.valToPos(value, "y") - 9, palette.ink, "left");
    }
    for (const rdb of day.rdbs.filter((r) => "live" in r.minutes)) {
      const ends = rdb.minutes.roll ?? rdb.minutes.lost ?? rdb.minutes.drained ?? day.minutes.at(-1);
      const [x, end] = [rdb.minutes.live, ends].map((minute) => u.valToPos(minute, "x"));
      const [top, bottom] = [112, 104].map((value) => u.valToPos(value, "y"));
      const label = ctx.measureText(rdb.name).width + 6 < end - x ? rdb.name : "";
      ctx.fillStyle = colour(rdb);
      ctx.fillRect(x, top, Math.max(end - x - 1, 1), bottom - top);
      Object.assign(ctx, {textAlign: "center", fillStyle: palette.card});
      ctx.fillText(label, (x + end) / 2, (top + bottom) / 2);
    }
  }

  // Signs on top of each other would hide all but one: those of a place become one, with their count.
  function places(u, kind, apart) {
    const found = [];
    for (const rdb of day.rdbs.filter((r) => kind in r.minutes).sort((a, b) => a.minutes[kind] - b.minutes[kind])) {
      const x = u.valToPos(rdb.minutes[kind], "x"), before = found.at(-1);
      if (before && x - before.x < apart) before.count += 1;
      else found.push({x, count: 1, ink: colour(rdb)});
    }
    return found;
  }

  function drawEvents(u, ctx) {
    lanes.forEach(([kind, sign], lane) => {
      const y = u.valToPos(-lane, "y"), signs = places(u, kind, 10), crowded = signs.some(({count}) => count > 1);
      for (const {x, count, ink} of crowded ? places(u, kind, 28) : signs) {
        write(ctx, sign, x, y, count > 1 ? palette.soft : ink, "center");
        if (count > 1) write(ctx, count, x - 7, y, palette.soft, "right");
      }
    });
  }

  // Lanes from the top: events, answers, then the alerts, each as a bar for as long as it stood.
  function drawTimeline(u, ctx) {
    const {events, answers, alerts} = day.timeline, right = u.valToPos(u.scales.x.max, "x");
    const signs = (list, lane, sign, ink) => {
      let free = 0;
      list.forEach((one, n) => {
        const x = u.valToPos(one.minute, "x"), y = u.valToPos(-lane, "y"), next = list.slice(n + 1).find((o) => o.minute > one.minute);
        write(ctx, sign, x, y, ink, "center");
        const end = next ? u.valToPos(next.minute, "x") - 8 : right + 12, width = ctx.measureText(one.sign).width;
        const [from, align] = x + 9 + width <= end ? [x + 9, "left"] : [x - 9 - width, "right"];
        if (from < free) return;
        write(ctx, one.sign, align === "left" ? from : x - 9, y, palette.ink, align);
        free = Math.max(x + 9, from + width);
      });
    };
    signs(events, 0, "✚", palette.c6);
    signs(answers, 1, "●", palette.c0);
    for (const alert of alerts) {
      const [x, end] = [alert.from, alert.to].map((minute) => u.valToPos(minute, "x"));
      const [top, bottom] = [0.36, -0.36].map((half) => u.valToPos(half - 2 - alert.lane, "y"));
      ctx.fillStyle = palette.alert;
      ctx.fillRect(x, top, Math.max(end - x, 3), bottom - top);
      const inside = x + 4 + ctx.measureText(alert.key).width < right;
      Object.assign(ctx, {textAlign: inside ? "left" : "right", fillStyle: palette.ink});
      ctx.fillText(alert.key, inside ? x + 4 : right, (top + bottom) / 2);
    }
  }

  function chart(id, height, {range, across, up, draw}, series, data) {
    const box = document.getElementById(id);
    const axis = {font: FONT, stroke: () => palette.soft, grid: {stroke: () => palette.line, width: 1}, ticks: {show: false}};
    const hours = {size: 26, space: 46, incrs: [15, 60, 120, 240, 360, 480, 720], values: (_, at) => at.map(clock)};
    charts.push(new uPlot({
      width: box.clientWidth, height, legend: {show: false},
      cursor: {sync: {key: "day"}, y: false, points: {show: false}},
      scales: {x: {time: false}, y: {range}},
      axes: [{...axis, ...hours, ...across}, {...axis, size: 64, ...up}],
      series: [{}, ...series.map((one) => ({points: {show: false}, spanGaps: true, ...one}))],
      hooks: {
        setCursor: [(u) => { if (u.cursor.idx != null && u.cursor.event) read(u.cursor.idx); }],
        draw: [(u) => {
          const {bbox, ctx} = u;
          ctx.save();
          ctx.beginPath();
          ctx.rect(bbox.left - 12, bbox.top, bbox.width + 24, bbox.height);
          ctx.clip();
          ctx.translate(bbox.left, bbox.top);
          ctx.scale(devicePixelRatio, devicePixelRatio);
          Object.assign(ctx, {font: FONT, textBaseline: "middle"});
          draw?.(u, ctx);
          ctx.restore();
        }],
      },
    }, [day.minutes, ...data], box));
  }

  // What is true at a minute, in words: under the cursor, and for who cannot see the charts.
  function read(index) {
    const minute = day.minutes[index], now = {live: [], launch: [], lost: [], roll: [], drained: []};
    for (const rdb of day.rdbs) {
      const kind = ["release", "drained", "roll", "lost", "live", "launch"].find((k) => rdb.minutes[k] <= minute);
      const percent = rdb.percent[index - rdb.from]?.toFixed(1);
      now[kind]?.push(kind === "live" && percent ? `${rdb.name} at ${percent} %` : rdb.name);
    }
    const words = {live: "live", launch: "launched", lost: "live no more:", roll: "rolled", drained: "drained"};
    const parts = Object.entries(now).filter(([, who]) => who.length)
      .map(([kind, who]) => `${words[kind]} ${who.length > 6 ? `${who.length} RDBs` : who.join(" ")}`);
    const {events, alerts} = day.timeline;
    parts.push(...events.filter((e) => Math.floor(e.minute) === minute).map((e) => `${named.event} ${e.sign} ${e.text}`));
    const stand = alerts.filter((a) => a.from <= minute && minute < a.to).map((a) => a.key);
    if (stand.length) parts.push(`alerts: ${stand.join(", ")}`);
    const use = day.used ? `in use ${day.used[index].toFixed(1)}` : `with room ${day.with_room[index]}`;
    parts.push(`desired ${day.desired[index]}, alive ${day.alive[index]}, ${use}`);
    slider.value = index;
    output.value = `${clock(minute)}: ${parts.join("; ")}`;
    slider.setAttribute("aria-valuetext", output.value);
  }

  function redraw() {
    takeColours();
    for (const u of charts) u.setSize({width: u.root.parentNode.clientWidth, height: u.height});
  }

  takeColours();
  const stepped = uPlot.paths.stepped({align: 1}), ink = () => palette.ink, thresholds = Object.values(day.thresholds);
  chart("memory", 300, {
    range: [0, 113], across: {values: () => [], size: 8}, draw: drawMemory,
    up: {splits: () => [0, 20, 40, 60, 80, 100, 108], values: (_, at) => at.map((v) => v > 100 ? "live" : `${v} %`)},
  }, [
    ...day.rdbs.map((rdb) => ({stroke: () => colour(rdb), width: 2})),
    ...thresholds.map(() => ({stroke: ink, width: 1, dash: [6, 4]})),
  ], [
    ...day.rdbs.map((rdb) => day.minutes.map((_, at) => rdb.percent[at - rdb.from] ?? null)),
    ...thresholds.map((value) => day.minutes.map(() => value)),
  ]);
  chart("events", 110, {
    range: [-3.5, 0.5], draw: drawEvents,
    up: {splits: () => lanes.map((_, lane) => -lane), values: () => lanes.map(([kind]) => kind)},
  }, [{show: false}], [day.minutes.map(() => null)]);
  if (document.getElementById("timeline")) {
    const rows = 2 + Math.max(0, ...day.timeline.alerts.map(({lane}) => lane + 1));
    const names = (lane) => named.lanes[lane] ?? "";
    chart("timeline", 40 + 22 * rows, {
      range: [0.5 - rows, 0.5], draw: drawTimeline,
      up: {splits: () => Array.from({length: rows}, (_, lane) => -lane), values: (_, at) => at.map((v) => names(-v)), grid: {show: false}},
    }, [{show: false}], [day.minutes.map(() => null)]);
  }
  chart("capacity", 220, {range: (_, low, high) => [0, Math.max(1, high) + 0.2], up: {incrs: [1, 2, 5, 10, 20, 50]}}, [
    {fill: () => palette.used, width: 0},
    {stroke: () => palette.c1, width: 4, paths: stepped},
    {stroke: ink, width: 1.5, dash: [5, 4], paths: stepped},
  ], [filled, day.alive, day.desired]);

  slider.max = day.minutes.length - 1;
  slider.oninput = () => {
    read(Number(slider.value));
    for (const u of charts) u.setCursor({left: u.valToPos(day.minutes[slider.value], "x"), top: 0}, false);
  };
  const resized = new ResizeObserver(redraw), scheme = matchMedia("(prefers-color-scheme: dark)");
  resized.observe(document.querySelector("main"));
  scheme.addEventListener("change", redraw);
  const stop = () => {
    resized.disconnect();
    scheme.removeEventListener("change", redraw);
    for (const u of charts) u.destroy();
  };
  return {redraw, stop};
}
