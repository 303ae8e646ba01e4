/ gateway.q: asks the RDBs of a cluster as if they were one. For a q of the firm's own, beside its code; needs q 3.6:
/     \l gateway.q
/ The tickerplant tells it who holds which updates, and each RDB says of which ones its answer is. So what is missing is
/ an error that names it. docs/q.md has the settings and an example.

.gateway.setting:{[name;otherwise] $[count given: getenv name; given; otherwise]};
.gateway.tickerplantAddress: .gateway.setting[`HIGHWATER_TICKERPLANT;""];
.gateway.passwordFile: .gateway.setting[`HIGHWATER_Q_PASSWORDS;""];
.gateway.seconds:{[name;otherwise]
    given: "F"$.gateway.setting[name;otherwise];
    if[not given within 0 86400; 'string[name]," must be a number of seconds"];
    `timespan$`long$1000000000*given };
/ How long a question may take, and how far the time in a row may be from that of its arrival at the tickerplant.
.gateway.deadline: .gateway.seconds[`HIGHWATER_DEADLINE;"10"];
.gateway.margin: .gateway.seconds[`HIGHWATER_MARGIN;"1"];
/ Who says nothing for so long, although it should, is connected to anew.
.gateway.patience: 0D00:00:20;
/ The tickerplant says each second how many updates there are. Older than that it is no word of what there is now.
.gateway.fresh: 0D00:00:05;

/ What the tickerplant tells: the windows with those that hold them, how many updates there were when, and are now.
.gateway.windows: ([] id: `symbol$(); host: `symbol$(); port: `int$(); state: `symbol$(); firstIndex: `long$();
    lastIndex: `long$(); firstTime: `timestamp$(); lastTime: `timestamp$());
.gateway.clock: ([] index: `long$(); time: `timestamp$());
.gateway.updates: .gateway.epoch: 0N;
.gateway.heardAt: 0Np;

/ Connections. owesSince: since when an RDB owes an answer.
.gateway.tickerplant: 0Ni;
.gateway.rdbs: ([] id: `symbol$(); handle: `int$(); owesSince: `timestamp$());
/ Between tries. A host that is gone costs half a second each time; without the tickerplant nothing new is known.
.gateway.pauses: 0D00:00:01 0D00:00:02 0D00:00:05 0D00:00:10 0D00:00:30 0D00:01:00;
.gateway.longestWithout: 0D00:00:05;
/ By id; the tickerplant has none.
.gateway.tries: (enlist `)!enlist 0;
.gateway.nextTry: (enlist `)!enlist 0Np;
.gateway.dials: 0;
.gateway.said: (enlist `)!enlist "";

/ A question wants (after, upTo], after being 0N for all that nobody has written down yet; open: up to all that came.
/ Its parts are what each RDB is asked. One that is answered without a word in told is lost.
.gateway.questions: ([] question: `long$(); due: `timestamp$(); after: `long$(); upTo: `long$(); open: `boolean$());
.gateway.parts: ([] ticket: `long$(); question: `long$(); rdb: `symbol$(); link: `int$(); answered: `boolean$());
.gateway.numbers: 0;
/ By question: how the results are put together, and who gets that. By ticket: what an RDB told, and its result.
.gateway.orders: (enlist 0N)!enlist (::);
.gateway.told: (enlist 0N)!enlist (::);
.gateway.results: (enlist 0N)!enlist (::);

/ What fails on every tick is said once, until it fails otherwise.
.gateway.say:{[about;text]
    if[not text~.gateway.said about;
        .gateway.said[about]: text;
        -2 string[.z.p]," gateway: ",string[about],": ",text]; };

/ ---- for the firm ----

/ In a synchronous message: answered when all have answered, or by the deadline. The range is two longs, for the updates
/ after the first up to the second, or two timestamps. A null stands for the begin of what nobody has written down yet,
/ an infinity for all that came. Each RDB gives the value of the query over all of its rows, also those outside of the
/ range; combine gets the list of these values, the oldest window's first.
.gateway.query:{[range;query;combine]
    .gateway.ask[range;query;combine;.gateway.reply .z.w];
    -30!(::) };

/ For code in this q: done[failed;result] is called once, with the error's text if it failed. What is known to be
/ missing at once is signalled.
.gateway.ask:{[range;query;combine;done]
    wanted: .gateway.indices range;
    holding: .gateway.which range;
    holders: holding[`id] inter .gateway.rdbs`id;
    if[not count holders; '.gateway.gap[0N; 0^wanted 0; wanted 1]];
    number: .gateway.nextNumber[];
    `.gateway.questions insert (number; .z.p+.gateway.deadline; wanted 0; wanted 1; wanted 2);
    .gateway.orders[number]: (combine;done);
    .gateway.askOne[number;query] each holders; };

/ The windows that a question goes to, the oldest first: so those that leave next are asked before they are empty.
.gateway.which:{[range]
    wanted: .gateway.indices range;
    begin: 0^wanted 0;
    end: $[wanted 2; 0W; wanted 1];
    select from .gateway.windows
        where not null id, firstIndex<end, (null lastIndex) or (lastIndex>begin) and lastIndex>firstIndex };

/ A firm that finds its tickerplant by other means replaces it: host:port, or host:port:user:password.
.gateway.address:{[] .gateway.tickerplantAddress};

/ ---- from a range to indices ----

/ (after; upTo; open)
.gateway.indices:{[range]
    if[null .gateway.updates; '"nothing has been heard of the tickerplant yet"];
    if[not (2=count range) and (type range) in 7 12h; '"a range is two longs or two timestamps"];
    found: $[7h=type range; range; (.gateway.indexBefore range 0; .gateway.indexAt range 1)];
    if[null found 1; '"a range has an end: 0W or 0Wp for all that came"];
    if[(0>found 0) and not null found 0; '"no update has an index below 1: a range begins after 0"];
    if[found[1]<=0^found 0; '"no update is in that range: (",string[0^found 0],", ",string[found 1],"]"];
    isOpen: found[1]=0W;
    if[isOpen and .z.p>.gateway.heardAt+.gateway.fresh;
        '"gap: updates after ",string[.gateway.updates],": the tickerplant is silent since ",string .gateway.heardAt];
    (found 0; $[isOpen; .gateway.updates; found 1]; isOpen) };

/ The last update that surely came before that time. Times come twice where the tickerplant's clock was set back.
.gateway.indexBefore:{[begin]
    if[null begin; :0N];
    if[begin=-0Wp; :0];
    surely: begin-.gateway.margin;
    later: exec first index from .gateway.clock where time>surely;
    0^exec last index from .gateway.clock where index<0W^later };

/ The first update that surely came after that time.
.gateway.indexAt:{[end]
    if[end=0Wp; :0W];
    if[end>.z.p; '"gap: what comes until ",string[end],": that is in the future"];
    surely: end+.gateway.margin;
    earlier: exec last index from .gateway.clock where time<surely;
    0W^exec first index from .gateway.clock where index>earlier };

/ ---- what RDBs are asked, and answer ----

.gateway.nextNumber:{[]
    .gateway.numbers+: 1;
    .gateway.numbers };

.gateway.askOne:{[number;query;instance]
    ticketNumber: .gateway.nextNumber[];
    connection: exec first handle from .gateway.rdbs where id=instance;
    `.gateway.parts insert (ticketNumber; number; instance; connection; 0b);
    update owesSince: .z.p from `.gateway.rdbs where id=instance, null owesSince;
    / What cannot be sent is followed by .z.pc.
    @[neg connection; (`.highwater.askedFor; ticketNumber; query); .gateway.say `send]; };

/ An answer after the deadline is of no question any more, and nobody answers for another one.
.gateway.answered:{[number;told;failed;result]
    connection: .z.w;
    update owesSince: 0Np from `.gateway.rdbs where handle=connection;
    mine: select from .gateway.parts where ticket=number, link=connection, not answered;
    if[not count mine; :()];
    part: first mine;
    if[failed; :.gateway.finish[part`question; 1b; string[part`rdb],": ",result]];
    .gateway.told[number]: told;
    .gateway.results[number]: result;
    update answered: 1b from `.gateway.parts where ticket=number;
    .gateway.look part`question; };

.gateway.look:{[number] if[all exec answered from .gateway.parts where question=number; .gateway.judge number];};

.gateway.judge:{[number]
    verdict: @[.gateway.combined; number; {[failure] (1b;failure)}];
    .gateway.finish[number; first verdict; last verdict]; };

.gateway.combined:{[number]
    heard: .gateway.heard number;
    .gateway.checkTiles[number;heard];
    counted: heard where .gateway.counts each heard;
    (0b; (first .gateway.orders number) .gateway.results counted) };

.gateway.finish:{[number;failed;result]
    done: last .gateway.orders number;
    tickets: exec ticket from .gateway.parts where question=number;
    .gateway.told: .gateway.without[.gateway.told;tickets];
    .gateway.results: .gateway.without[.gateway.results;tickets];
    .gateway.orders: .gateway.without[.gateway.orders;number];
    delete from `.gateway.parts where question=number;
    delete from `.gateway.questions where question=number;
    done[failed;result]; };

.gateway.without:{[dictionary;gone]
    kept: (key dictionary) except gone;
    kept!dictionary kept };

/ A client that has gone waits for nothing.
.gateway.reply:{[client;failed;result]
    @[{[answer] -30!answer}; (client;failed;result); .gateway.say `reply]; };

/ ---- what the answers are of ----

.gateway.heard:{[number]
    tickets: exec ticket from .gateway.parts where question=number;
    tickets inter key .gateway.told };

.gateway.spans:{[ticketNumber] (.gateway.told ticketNumber)`spans};
.gateway.persisted:{[ticketNumber] (.gateway.told ticketNumber)`persisted};

/ Who has not heard of the tickerplant's last start may have what the log lost then. Who has left does not hear of it.
.gateway.counts:{[ticketNumber]
    told: .gateway.told ticketNumber;
    (0<count told`spans) and told[`left] or not told[`epoch]<.gateway.epoch };

/ Signals the first piece of the wanted range that no answer is of, or that two are of. Where all is wanted that nobody
/ has written down, a piece that is persisted may be missing.
.gateway.checkTiles:{[number;heard]
    wanted: first select from .gateway.questions where question=number;
    counted: heard where .gateway.counts each heard;
    begins: raze first each .gateway.spans each counted;
    ends: raze last each .gateway.spans each counted;
    whole: where begins<ends;
    begins: begins whole;
    ends: ends whole;
    befores: -1_ends;
    if[any befores>1_begins; '"two RDBs hold updates after ",string first befores where befores>1_begins];
    begin: 0^wanted`after;
    starts: begin | begin,ends;
    stops: (wanted`upTo) & begins,wanted`upTo;
    safe: $[null wanted`after; max 0N,.gateway.persisted each heard; 0N];
    missing: where (starts<stops) and stops>safe;
    if[count missing; '.gateway.gap[number; starts first missing; stops first missing]];
    if[wanted`open; .gateway.checkLive number]; };

/ Who should be live and is not has handed over a moment ago: to whom is not known here yet.
.gateway.checkLive:{[number]
    holder: exec first id from .gateway.windows where null lastIndex;
    asked: exec first ticket from .gateway.parts where question=number, rdb=holder;
    if[not asked in .gateway.heard number; :()];
    told: .gateway.told asked;
    if[not `live=told`state;
        '"gap: updates after ",string[.gateway.updates],": ",string[holder]," is ",string told`state]; };

.gateway.gap:{[number;begin;end]
    holders: exec id from .gateway.windows where firstIndex<end, (null lastIndex) or lastIndex>begin;
    reasons: $[count holders; .gateway.reason[number] each holders; enlist "no window has them"];
    "gap: updates ",string[1+begin]," to ",string[end],": ",", " sv reasons };

.gateway.reason:{[number;instance]
    if[null instance; :"no RDB has them yet"];
    asked: exec first ticket from .gateway.parts where question=number, rdb=instance;
    why: $[null asked; "is not connected";
        not asked in key .gateway.told; "has not answered";
        "does not hold all of them, ",string (.gateway.told asked)`state];
    string[instance]," ",why };

/ ---- the tickerplant calls these ----

.gateway.learn:{[answer]
    .gateway.heardAt: .z.p;
    .gateway.windows: answer`windows;
    .gateway.clock: answer`clock;
    .gateway.updates: answer`updates;
    .gateway.epoch: answer`epoch; };

.gateway.heartbeat:{[number;now]
    .gateway.heardAt: .z.p;
    .gateway.updates: number;
    if[number>exec last index from .gateway.clock; `.gateway.clock insert (number;now)]; };

/ ---- connections ----

/ With the password that the tickerplant's address has, or one of the file: after a refusal the next.
.gateway.dial:{[address]
    own: 2_":" vs .gateway.address[];
    given: enlist $[count own; ":",":" sv own; ""];
    if[(not count own) and count .gateway.passwordFile; given: ":highwater:",/:read0 hsym `$.gateway.passwordFile];
    chosen: given .gateway.dials mod count given;
    .gateway.dials+: 1;
    opened: hopen (`$":",(":" sv 2 sublist ":" vs address),chosen; 500);
    .gateway.dials-: 1;
    opened };

/ The next try is later each time, up to a minute.
.gateway.delay:{[instance]
    tries: 0^.gateway.tries instance;
    .gateway.nextTry[instance]: .z.p+.gateway.pauses tries & -1+count .gateway.pauses;
    .gateway.tries[instance]: 1+tries; };

.gateway.connect:{[]
    if[(not null .gateway.tickerplant) or .z.p<.gateway.nextTry `; :()];
    .gateway.delay `;
    .gateway.nextTry[`]: .gateway.nextTry[`] & .z.p+.gateway.longestWithout;
    .gateway.tickerplant: .gateway.dial .gateway.address[];
    .gateway.tries[`]: 0;
    .gateway.heardAt: .z.p;
    neg[.gateway.tickerplant] (`.tp.watch;::); };

/ One a tick, because a host that is gone costs half a second.
.gateway.connectRdb:{[]
    away: exec distinct id from .gateway.windows where not null host, not id in .gateway.rdbs`id;
    due: away where not .z.p<.gateway.nextTry away;
    if[not count due; :()];
    instance: first due;
    .gateway.delay instance;
    row: first select from .gateway.windows where id=instance;
    opened: .gateway.dial string[row`host],":",string row`port;
    .gateway.tries[instance]: 0;
    `.gateway.rdbs insert (instance; opened; 0Np); };

/ A host that died closes nothing.
.gateway.hangUp:{[connection]
    .gateway.lost connection;
    @[hclose; connection; ::]; };

.gateway.listen:{[]
    silent: .z.p-.gateway.patience;
    if[(not null .gateway.tickerplant) and .gateway.heardAt<silent; .gateway.hangUp .gateway.tickerplant];
    .gateway.hangUp each exec handle from .gateway.rdbs where not null owesSince, owesSince<silent-.gateway.deadline; };

.gateway.expire:{[] .gateway.judge each exec question from .gateway.questions where due<=.z.p;};

.gateway.lost:{[connection]
    if[connection=.gateway.tickerplant; .gateway.tickerplant: 0Ni];
    delete from `.gateway.rdbs where handle=connection;
    waiting: exec distinct question from .gateway.parts where link=connection, not answered;
    update answered: 1b from `.gateway.parts where link=connection;
    .gateway.look each waiting; };

.gateway.attempt:{[step]
    done: {[step] value[step][]};
    @[done; step; .gateway.say step]; };

/ A clock that was set back must keep nothing waiting.
.gateway.lastTick: .z.p;
.gateway.noteClock:{[]
    back: .gateway.lastTick-.z.p;
    .gateway.lastTick: .z.p;
    if[not back>0D00:00:00; :()];
    .gateway.heardAt-: back;
    .gateway.nextTry: (enlist `)!enlist 0Np;
    update due: due-back from `.gateway.questions;
    update owesSince: owesSince-back from `.gateway.rdbs; };

.gateway.tick:{[]
    .gateway.noteClock[];
    .gateway.attempt each `.gateway.connect`.gateway.connectRdb`.gateway.listen`.gateway.expire; };

/ What the tickerplant and RDBs may call here; their hosts must not run code in this q.
.gateway.words: `.gateway.learn`.gateway.heartbeat`.gateway.answered;
.gateway.isOfCluster:{[] .z.w in .gateway.tickerplant,.gateway.rdbs`handle};
.gateway.heed:{[message]
    word: first message;
    if[not $[-11h=type word; word in .gateway.words; 0b]; '"not among .gateway.words"];
    value message };

/ What the firm's own code has defined before stays in force for all other connections.
.z.ts: {[other;now] .gateway.tick[]; other now}[@[value; `.z.ts; {[failure] {[now] now}}]];
.z.pc: {[other;handle] .gateway.lost handle; other handle}[@[value; `.z.pc; {[failure] {[handle] handle}}]];
.gateway.hear:{[other;message] $[.gateway.isOfCluster[]; .gateway.heed message; other message]};
.gateway.answer:{[other;message] $[.gateway.isOfCluster[]; '"nothing is asked here"; other message]};
.z.ps: .gateway.hear[@[value; `.z.ps; {[failure] value}]];
.z.pg: .gateway.answer[@[value; `.z.pg; {[failure] value}]];
if[0=system "t"; system "t 200"];
