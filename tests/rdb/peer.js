// The other side of rdb/ipc.py and twin/qplayer.py, on node-q: `serve` answers what is in VALUES on a port that
// it prints, `ask PORT EXPRESSION...` prints what each is answered with, `read` the values of messages in hex.
"use strict";
const Long = require("long");
const net = require("net");
const q = require("node-q");
const wire = require("node-q/lib/c.js");

const SYNC = 1, RESPONSE = 2, ERROR = 0x80;
// An even number of milliseconds: node-q rounds timestamps to doubles, and this one is exact.
const noon = new Date("2026-11-23T12:34:56.788Z");
const day = new Date("2026-11-23T00:00:00Z");
const guid = "8c680a01-5a49-5aab-5a65-d4bfddb6a661";
const VALUES = {
  boolean: q.boolean(true), booleans: q.booleans([true, false]),
  guid: q.guid(guid), "no guid": q.guid(null), guids: q.guids([guid]),
  byte: q.byte(42), bytes: q.bytes([0, 1, 127]),
  short: q.short(-234), shorts: q.shorts([1, 32767, -32767, -32768]),
  int: q.int(42), ints: q.ints([1, 2147483647, -2147483647, -2147483648]),
  long: q.long(Long.fromString("89421099511627575")), "no long": q.long(null),
  longs: q.longs([Long.fromNumber(-1), Long.MAX_VALUE, Long.MIN_VALUE.add(1), Long.MIN_VALUE]),
  real: q.real(5.5), reals: q.reals([-5.5, Infinity]), "no real": q.real(null),
  float: q.float(3.234), floats: q.floats([-3.234, -Infinity]), "no float": q.float(null),
  char: q.char("0"), "no char": q.char(null), chars: "über", "no chars": "",
  symbol: q.symbol("live"), "no symbol": q.symbol(null), symbols: q.symbols(["live", "", "rolled"]),
  timestamp: q.timestamp(noon), "no timestamp": q.timestamp(null), timestamps: q.timestamps([noon]),
  month: q.month(day), "no month": q.month(null), months: q.months([day]),
  date: q.date(day), "no date": q.date(null), dates: q.dates([day]),
  datetime: q.datetime(noon), "no datetime": q.datetime(null), datetimes: q.datetimes([noon]),
  timespan: q.timespan(noon), "no timespan": q.timespan(null), timespans: q.timespans([noon]),
  minute: q.minute(noon), "no minute": q.minute(null), minutes: q.minutes([noon]),
  second: q.second(noon), "no second": q.second(null), seconds: q.seconds([noon]),
  time: q.time(noon), "no time": q.time(null), times: q.times([noon]),
  "generic null": null, list: [q.long(Long.fromNumber(1)), "two", [null, q.symbol("three")]], "no items": [],
  dictionary: { state: q.symbol("live"), rows: q.long(Long.fromNumber(31994800)), peers: { i1: q.int(1) } },
};

function message(payload) {
  const head = Buffer.from([1, RESPONSE, 0, 0, 0, 0, 0, 0]);
  head.writeUInt32LE(8 + payload.length, 4);
  return Buffer.concat([head, payload]);
}

function answer(question) {
  const expression = question[1] === SYNC ? wire.deserialize(question) : "not synchronous";
  return expression in VALUES
    ? message(wire.serialize(VALUES[expression]).subarray(8))
    : message(Buffer.concat([Buffer.from([ERROR]), Buffer.from(`${expression}\0`)]));
}

function serve() {
  const server = net.createServer((socket) => {
    let heard = Buffer.alloc(0), admitted = false;
    socket.on("error", () => socket.destroy());
    socket.on("data", (part) => {
      heard = Buffer.concat([heard, part]);
      if (!admitted && heard.includes(0)) {
        const end = heard.indexOf(0);
        if (heard.toString("latin1", 0, end - 1) !== "reporter:secret") return socket.end();
        socket.write(heard.subarray(end - 1, end));
        heard = heard.subarray(end + 1);
        admitted = true;
      }
      while (admitted && heard.length >= 8 && heard.length >= heard.readUInt32LE(4)) {
        const length = heard.readUInt32LE(4);
        socket.write(answer(heard.subarray(0, length)));
        heard = heard.subarray(length);
      }
    });
  });
  server.listen(0, "127.0.0.1", () => console.log(server.address().port));
}

function ask(port, expressions) {
  const [user, password] = ["reporter", "secret"];
  q.connect({ host: "127.0.0.1", port, user, password }, (refused, connection) => {
    if (refused) throw refused;
    const next = () => {
      if (expressions.length === 0) return connection.close();
      connection.k(expressions.shift(), (error, value) => {
        console.log(JSON.stringify(error ? { raised: error.message } : { value }));
        next();
      });
    };
    next();
  });
}

function read(messages) {
  messages.forEach((hex) => console.log(JSON.stringify(wire.deserialize(Buffer.from(hex, "hex")))));
}

const [mode, ...rest] = process.argv.slice(2);
if (mode === "serve") serve();
if (mode === "ask") ask(Number(rest[0]), rest.slice(1));
if (mode === "read") read(rest);
