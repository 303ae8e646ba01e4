/ highwater.q: the life of one RDB: booting, standby, live, rolled, drained. Load it once, after the RDB's tables:
/     \l /mnt/code/kx/highwater.q
/ and then define .highwater.persisted, or nothing is ever emptied. docs/q.md has the contract and the settings.

/ Of these files; tickerplant.q has the same of its own.
.highwater.release: "0.4.0.dev0";

.highwater.setting:{[name;otherwise] $[count given: getenv name; given; otherwise]};
.highwater.logs: .highwater.setting[`HIGHWATER_LOGS;"/mnt/highwater"];
.highwater.marker: hsym `$.highwater.setting[`HIGHWATER_MARKER;"/var/lib/highwater/drained"];
.highwater.streamAddress: .highwater.setting[`HIGHWATER_LOGSTREAM;""];
.highwater.passwordFile: .highwater.setting[`HIGHWATER_Q_PASSWORDS;""];
.highwater.persistedFile: .highwater.setting[`HIGHWATER_PERSISTED;""];
.highwater.drainsWritten: "1"~first .highwater.setting[`HIGHWATER_DRAIN_WRITTEN;"0"];
.highwater.rollThreshold: "F"$.highwater.setting[`HIGHWATER_ROLL_THRESHOLD;"85"];
if[not .highwater.rollThreshold within 1 99; '"HIGHWATER_ROLL_THRESHOLD must be a percentage from 1 to 99"];
.highwater.hardThreshold: "F"$.highwater.setting[`HIGHWATER_HARD_THRESHOLD;"92"];
if[not .highwater.hardThreshold within 0 99; '"HIGHWATER_HARD_THRESHOLD must be a percentage from 0 to 99; 0 for none"];

/ Root tables that are not of the day. Any other root table counts as data: one row of it keeps the host alive.
.highwater.static: `symbol$();
/ Tables whose rows are all made from updates, and so are in the log: no other one is ever emptied.
.highwater.fed: `symbol$();
/ What a firm may replace, after loading. persisted: the last tickerplant index that is safe in the historical
/ database, 0N for nothing; by itself it reads what writedown.q stores. onUpdate: how rows get into a table; tables are
/ plain and only appended to.
.highwater.readIndex:{[file] index: get hsym `$file; $[-7h=type index; index; 0N]};
.highwater.persisted:{[] $[count .highwater.persistedFile; @[.highwater.readIndex; .highwater.persistedFile; 0N]; 0N]};
.highwater.onUpdate:{[tableName;rows] tableName insert rows};

.highwater.state: `booting;
.highwater.firstIndex: .highwater.lastIndex: 0N;
/ Nothing of the window came to the tickerplant before the first time, or after the last.
.highwater.firstTime: .highwater.lastTime: 0Np;
.highwater.replayUntil: .highwater.position: .highwater.segmentSize: .highwater.epoch: 0N;
/ Last updates of days that have ended and are not here yet: they are marked when they are.
.highwater.dayEnds: `long$();
.highwater.ahead: ();
.highwater.marks: ([] index: `long$(); name: `symbol$(); number: `long$());
.highwater.left: .highwater.orphaned: 0b;
.highwater.followed: 1b;
.highwater.tickerplant: .highwater.stream: 0Ni;
.highwater.quietTicks: .highwater.tries: .highwater.dials: 0;
.highwater.nextTry: .highwater.nextLeave: .highwater.nextAsk: .highwater.sayAgain: 0Np;
.highwater.lastTick: .z.p;
/ Why this file does not work here: then the state is null, and the reporter says unknown.
.highwater.broken: "";
.highwater.said: (enlist `)!enlist "";
/ Updates that could not be inserted: their indices count as taken, their rows are in the log alone.
.highwater.failed: 0;
/ (firstIndex, lastIndex] that the log has lost: nobody can read them.
.highwater.gaps: ([] firstIndex: `long$(); lastIndex: `long$());
.highwater.stuckSince: 0Np;
.highwater.patience: 0D00:05:00;
/ Some rows of a part that is persisted are gone, and some are not yet: no answer is of a whole window then.
.highwater.emptying: 0b;

/ A failing step fails on every tick: what is said of it is said again after five minutes.
.highwater.say:{[about;text]
    if[not text~.highwater.said about;
        .highwater.said[about]: text;
        -2 string[.z.p]," highwater: ",string[about],": ",text]; };

/ ---- the contract with the reporter ----

/ Without its timer it neither takes, rolls nor leaves: no state is true then.
.highwater.works:{[]
    (0=count .highwater.broken) and 0D00:01:00>abs .z.p-.highwater.lastTick };

.highwater.status:{[]
    names: `state`rows`first_index`last_index`first_time`last_time`heap`failed`why`release;
    told: $[.highwater.works[]; .highwater.state; `];
    window: (.highwater.firstIndex; .highwater.lastIndex; .highwater.firstTime; .highwater.lastTime);
    why: @[.highwater.why; ::; {[failure] failure}];
    names!(told; .highwater.heldRows[]),window,(.Q.w[]`heap; .highwater.failed; why; .highwater.release) };

/ For people: why one that has rolled is not drained.
.highwater.why:{[]
    if[not .highwater.state=`rolled; :""];
    if[.highwater.orphaned; :"it has rows that no log has"];
    if[not .highwater.leaving; :"nobody has asked it to drain"];
    if[not .highwater.left;
        :$[.highwater.isMarked[]; "the tickerplant has not let it go yet"; "it cannot write its marker"]];
    if[not .highwater.isSafe[];
        :"its window ends at ",string[.highwater.windowEnd],", and persisted is ",string .highwater.persisted[]];
    names: .highwater.names[];
    "it holds rows of ",", " sv string names where 0<count each value each names };

/ A live one rolls first: whoever asks it knows that nobody may stand by. A standby that cannot write the marker stays in
/ the queue: one that leaves and cannot would be given the next window.
.highwater.drain:{[]
    if[.highwater.state=`live; .highwater.roll[]];
    if[not .highwater.leaving; .highwater.leaving: (.highwater.attempt `.highwater.writeMarker) or .highwater.state=`rolled];
    .highwater.leaving };

.highwater.names:{[] (tables `.) except .highwater.static};
/ Keyed tables are not emptied either: rows go by their place.
.highwater.fedNames:{[]
    names: .highwater.names[] inter .highwater.fed;
    $[count names; names where 98h=type each value each names; names] };
/ 0N when it cannot be told: unknown is not empty.
.highwater.heldRows:{[] @[{[names] sum 0,count each value each names}; .highwater.names[]; 0N]};

/ ---- the host ----

/ The fifo prefix is q's way to read files of /proc and /sys, whose length the system gives as zero.
.highwater.slurp:{[path]
    handle: hopen `$":fifo://",path;
    bytes: @[read1; handle; {[opened;failure] hclose opened; 'failure}[handle]];
    hclose handle;
    "c"$bytes };

.highwater.findInstance:{[]
    given: getenv `HIGHWATER_INSTANCE_ID;
    found: $[count given; given; first "\n" vs .highwater.slurp "/sys/devices/virtual/dmi/id/board_asset_tag"];
    if[not found like "i-*"; '"HIGHWATER_INSTANCE_ID is not set, and the board does not name an EC2 instance"];
    `$found };

.highwater.meminfo:{[lines;name]
    line: first lines where lines like name,":*";
    "F"$line where line in .Q.n };

/ The host's memory, whole and available, as the operating system sees it: q's own heap is not all there is.
.highwater.memory:{[]
    kib: .highwater.meminfo["\n" vs .highwater.slurp "/proc/meminfo"] each ("MemTotal";"MemAvailable");
    if[any null kib; '"/proc/meminfo has no MemTotal or no MemAvailable"];
    1024*kib };

.highwater.percentUsed:{[bytes] 100*1-bytes[1]%bytes 0};

/ ---- what may come from the tickerplant and the log ----

/ The tickerplant's host must not run code here, neither over the connections that this RDB opened nor by what it logs.
/ Queries come over other connections.
.highwater.words: `.highwater.assign`.highwater.take`.highwater.heartbeat`.highwater.endOfDay;
.highwater.words,: `.highwater.streamed`.highwater.streamFailed;
.highwater.replaying: 0b;

.highwater.isOfTickerplant:{[] .highwater.replaying or .z.w in .highwater.tickerplant,.highwater.stream};

.highwater.heed:{[message]
    word: first message;
    allowed: $[.highwater.replaying; enlist `upd; .highwater.words];
    if[not $[-11h=type word; word in allowed; 0b]; '"not among .highwater.words"];
    value message };

/ -11! gives each record to .z.ps, which calls upd. The name is ours only while the log is read, so that a firm's own upd
/ neither gets what was logged nor is lost. What ends it early ends this too: the next tick begins anew.
.highwater.play:{[wanted;file]
    own: @[value; `upd; {[failure] .highwater.replayed}];
    before: .highwater.position;
    `upd set .highwater.replayed;
    .highwater.replaying: 1b;
    read: {[wanted;file] -11!(wanted;file)};
    done: .[read; (wanted;file); {[failure] (`failed;failure)}];
    .highwater.replaying: 0b;
    `upd set own;
    if[`failed~first done; 'last done];
    / Read by others it would be read again on every tick, and its rows be there as often.
    if[done>.highwater.position-before; .highwater.broken: "the log is not read by highwater.q: is .z.ps replaced?"]; };

/ ---- the tickerplant calls these, asynchronously ----

/ standbys: how many there are; a tickerplant that does not say is taken to have one.
.highwater.heartbeat:{[standbys]
    .highwater.quietTicks: 0;
    .highwater.followed: not 0~standbys; };

/ The answer to .tp.join and .tp.leave, and later the word that a standby is live. (firstIndex, replayUntil] is in the
/ log; what comes after that, comes over this connection. An RDB that holds a part of its window goes on from there.
/ Rolled or drained, the window is closed at replayUntil: who leaves takes no other one, but reads its own again.
/ orphaned: this one told of updates that the log lost with the tickerplant's host, and that are nowhere else.
.highwater.assign:{[answer]
    .highwater.quietTicks: .highwater.tries: 0;
    if[.highwater.state=`drained; :()];
    if[answer`orphaned;
        .highwater.orphaned: 1b;
        .highwater.say[`orphaned; "rows that are here alone, by start ",string[answer`epoch],": see docs/q.md"]];
    if[`drained=answer`state; .highwater.leaving: .highwater.left: 1b];
    closed: answer[`state] in `rolled`drained;
    / Decided before the tickerplant knew that this one has rolled or leaves.
    if[(not closed) and .highwater.leaving or .highwater.state=`rolled; :()];
    .highwater.segmentSize: answer`segmentSize;
    .highwater.epoch: answer`epoch;
    / What waits came over an earlier connection: the log has it, or its index has gone to another update.
    .highwater.ahead: ();
    if[closed; .highwater.windowEnd: .highwater.windowEnd | .highwater.lastIndex | answer`replayUntil];
    if[not closed; .highwater.state: answer`state];
    if[closed and not null .highwater.windowEnd; .highwater.state: `rolled];
    if[null answer`firstIndex; :()];
    .highwater.firstTime: answer`firstTime;
    if[closed; .highwater.lastTime: answer`lastTime];
    if[null .highwater.lastIndex; .highwater.firstIndex: .highwater.lastIndex: answer`firstIndex];
    .highwater.replayUntil: answer`replayUntil;
    / Days ended while this one was away, or before it was given what was left of them.
    .highwater.awaitDays answer`dayEnds;
    if[closed and .highwater.windowEnd<=max answer`dayEnds; .highwater.drain[]]; };

/ Each update comes with its index: a repeated one is dropped, one after a gap waits until the log has filled it.
.highwater.take:{[index;tableName;rows]
    if[not .highwater.state=`live; :()];
    if[index>1+.highwater.lastIndex;
        .highwater.ahead,: enlist (index;tableName;rows);
        .highwater.looksAfter[count .highwater.ahead; rows];
        if[null .highwater.replayUntil; .highwater.replayUntil: index-1];
        :()];
    .highwater.hold[index;tableName;rows]; };

/ The live RDB keeps the old day's rows until they are persisted, and goes on. Rolled ones drain. A standby stays: where
/ the day ends within a session the live one may roll at any time.
.highwater.endOfDay:{[index]
    if[.highwater.state=`rolled; .highwater.drain[]];
    if[.highwater.state=`live; .highwater.awaitDays enlist index]; };

/ A day that ended before the window is not of it, and one that ended before the last update here is marked already.
.highwater.awaitDays:{[ends]
    due: ends where (ends>.highwater.firstIndex) and ends>=.highwater.lastIndex;
    .highwater.dayEnds: distinct .highwater.dayEnds,due;
    if[.highwater.lastIndex in due; .highwater.mark[]]; };

/ A bad update is told and counted: it must not stop those that follow. One for which there is no memory is left to
/ the next RDB; not so with no row held, or it would roll every standby in turn. Memory is looked at here too, since
/ the updates of one tick may be gigabytes; who rolls at that takes nothing of what follows.
.highwater.hold:{[index;tableName;rows]
    if[not index=1+.highwater.lastIndex; :()];
    if[.highwater.state=`rolled; if[index>.highwater.windowEnd; :()]];
    bad: {[index;failure] .highwater.say[`update; string[index]," failed: ",failure]; (`failed;failure)};
    outcome: .[.highwater.insertInto; (tableName;rows); bad[index]];
    failed: `failed~first outcome;
    if[failed; if[(outcome[1] like "*wsfull*") and 0<.highwater.heldRows[]; .highwater.roll[]; :()]];
    .highwater.failed+: failed;
    if[not failed; if[not tableName in .highwater.fed; .highwater.fed,: tableName]];
    .highwater.lastIndex: index;
    if[index in .highwater.dayEnds; .highwater.mark[]];
    .highwater.looksAfter[index;rows]; };

/ Five hundred updates may come between two looks at the memory, but none of very many rows.
.highwater.looksAfter:{[number;rows]
    many: 10000<=$[98h=type rows; count rows; count first rows];
    if[many or 0=number mod 500; .highwater.attempt `.highwater.checkMemory]; };

/ A name with a dot would be a table of ours, such as the one by which rows are dropped, one with a colon a file.
.highwater.insertInto:{[tableName;rows]
    if[not -11h=type tableName; '"the name of a table must be a symbol"];
    if[any ".:" in string tableName; '"not a table of the root: ",string tableName];
    .highwater.onUpdate[tableName;rows] };

/ How many rows were of the day that ended: they go when they are persisted, the new day's stay.
.highwater.mark:{[]
    names: .highwater.fedNames[];
    ended: .highwater.lastIndex;
    .highwater.dayEnds: .highwater.dayEnds except ended;
    if[(not count names) or ended in .highwater.marks`index; :()];
    `.highwater.marks insert (count[names]#ended; names; count each value each names); };

/ ---- gateways call this, asynchronously ----

/ Which updates are here: the begins and the ends of (begin, end]. Several where the log has lost some in between; none
/ where rows are in no log, or have left.
.highwater.spans:{[]
    if[(not .highwater.works[]) or .highwater.orphaned or .highwater.emptying or null .highwater.firstIndex; :()];
    lost: select from .highwater.gaps where lastIndex>.highwater.firstIndex;
    (.highwater.firstIndex,lost`lastIndex; (lost`firstIndex),.highwater.lastIndex) };

/ What the answer is of goes with it: nothing else happens in between. persisted tells what nobody needs to hold.
.highwater.askedFor:{[ticket;query]
    done: @[{[query] (0b; value query)}; query; {[failure] (1b; failure)}];
    names: `state`epoch`left`persisted`spans;
    safe: @[.highwater.persisted; ::; 0N];
    told: names!(.highwater.state; .highwater.epoch; .highwater.left; safe; .highwater.spans[]);
    neg[.z.w] (`.gateway.answered; ticket; told; first done; last done); };

/ ---- replay: one segment of the log a tick, so that queries are answered in between ----

/ What upd is while -11! reads a segment.
.highwater.replayed:{[tableName;rows]
    if[not .highwater.replaying; '"upd is not for others here"];
    .highwater.position+: 1;
    .highwater.hold[.highwater.position;tableName;rows]; };

.highwater.replay:{[]
    if[count .highwater.broken; '.highwater.broken];
    / A tickerplant that starts again may give indices out again: without it nothing is read, but by who has left.
    if[(null .highwater.replayUntil) or (null .highwater.tickerplant) and not .highwater.left; :()];
    / Who leaves reads its window all the same while it is nowhere else: queries ask for it.
    if[.highwater.leaving; if[.highwater.isSafe[]; .highwater.replayUntil: 0N; :()]];
    if[.highwater.lastIndex<.highwater.replayUntil;
        $[count .highwater.streamAddress; .highwater.askStream[]; .highwater.readSegment[]]];
    if[.highwater.lastIndex<.highwater.replayUntil; :()];
    waiting: .highwater.ahead;
    .highwater.ahead: ();
    .highwater.replayUntil: 0N;
    .highwater.take .' waiting; };

/ A network file system may show the end of a segment late: what is missing is read on a later tick.
.highwater.readSegment:{[]
    segment: .highwater.lastIndex div .highwater.segmentSize;
    .highwater.position: segment*.highwater.segmentSize;
    wanted: .highwater.segmentSize & .highwater.replayUntil-.highwater.position;
    file: hsym `$.highwater.logs,"/updates",string segment;
    before: .highwater.lastIndex;
    outcome: .[.highwater.play; (wanted;file); {[failure] failure}];
    if[(.highwater.lastIndex>before) or not 10h=type outcome; .highwater.stuckSince: 0Np; :()];
    .highwater.say[`replay; outcome];
    if[null .highwater.stuckSince; .highwater.stuckSince: .z.p];
    if[.z.p>.highwater.stuckSince+.highwater.patience; .highwater.skip[segment;file]]; };

/ Nothing reads past a damaged record. Where the file can be read and says so, the rest of the segment is lost: told,
/ and left behind, or each standby in turn would stop there. A file system that is away is no damage.
.highwater.skip:{[segment;file]
    if[1=count -11!(-2;file); :()];
    end: .highwater.replayUntil & (1+segment)*.highwater.segmentSize;
    text: "updates after ",string[.highwater.lastIndex]," up to ",string end;
    .highwater.say[`lost; text," cannot be read from ",1_string file];
    `.highwater.gaps insert (.highwater.lastIndex; end);
    .highwater.stuckSince: 0Np;
    .highwater.pass each .highwater.dayEnds where .highwater.dayEnds<=end;
    .highwater.lastIndex: end; };

.highwater.pass:{[index]
    .highwater.lastIndex: index;
    .highwater.mark[]; };

/ One request at a time: the next one goes out when its answer is in, or is half a minute late.
.highwater.askStream:{[]
    if[.z.p<.highwater.nextAsk; :()];
    .highwater.nextAsk: .z.p+0D00:00:30;
    if[null .highwater.stream; .highwater.stream: .highwater.dial .highwater.streamAddress];
    window: .highwater.lastIndex, .highwater.replayUntil;
    neg[.highwater.stream] (`.logstream.send; window; .highwater.segmentSize); };

/ An answer that comes late is of what was wanted then: a window that was closed meanwhile takes no more.
.highwater.streamed:{[heldLast;records]
    if[null .highwater.replayUntil; :()];
    records: (0 | .highwater.replayUntil-heldLast) sublist records;
    .highwater.nextAsk: $[count records; 0Np; .z.p+0D00:00:01];
    .highwater.hold .' (1+heldLast+til count records),'records; };

.highwater.streamFailed:{[failure]
    .highwater.nextAsk: .z.p+0D00:00:05;
    .highwater.say[`logstream; failure]; };

/ ---- what the timer does, in this order ----

.highwater.pauses: 0D00:00:01 0D00:00:02 0D00:00:05 0D00:00:10 0D00:00:30 0D00:01:00;
.highwater.tell:{[message] neg[.highwater.tickerplant] message;};

.highwater.address:{[]
    given: getenv `HIGHWATER_TICKERPLANT;
    host: $[count given; given; first read0 hsym `$.highwater.logs,"/tickerplant"];
    $[":" in host; host; host,":5000"] };

/ With a password of the file, unless the address has one. One that is refused is followed by the next: around a change
/ the other side may know the newest or the one before. The file is read each time, since passwords change while q runs.
.highwater.dial:{[address]
    given: enlist "";
    if[(count .highwater.passwordFile) and 2>sum ":"=address;
        given: ":highwater:",/:read0 hsym `$.highwater.passwordFile];
    chosen: given .highwater.dials mod count given;
    .highwater.dials+: 1;
    opened: hopen (`$":",address,chosen; 500);
    .highwater.dials-: 1;
    opened };

.highwater.connect:{[]
    if[.highwater.left or (not null .highwater.tickerplant) or .z.p<.highwater.nextTry; :()];
    .highwater.nextTry: .z.p+.highwater.pauses .highwater.tries & -1+count .highwater.pauses;
    .highwater.tries+: 1;
    .highwater.tickerplant: .highwater.dial .highwater.address[];
    / Nothing else tells a stream whose host has died.
    if[not null .highwater.stream; @[hclose; .highwater.stream; ::]; .highwater.stream: 0Ni];
    .highwater.quietTicks: 0;
    / What is held is told now: nothing more is taken until the answer.
    .highwater.replayUntil: 0N;
    .highwater.ahead: ();
    .highwater.nextAsk: 0Np;
    / Rolled and not marked yet, it is in the queue for its window like any other rolled one.
    if[.highwater.leaving and .highwater.isMarked[]; :()];
    .highwater.tell (`.tp.join; .highwater.instanceId; .highwater.state; .highwater.held[]; .highwater.epoch; system "p"); };

.highwater.held:{[] .highwater.firstIndex, .highwater.lastIndex};

/ A tickerplant whose host died closes nothing. Ticks are counted, not time: a long query is no silence.
.highwater.listen:{[]
    .highwater.quietTicks+: 1;
    if[(null .highwater.tickerplant) or 100>.highwater.quietTicks; :()];
    / It may be closed already, where .z.pc was replaced.
    gone: .highwater.tickerplant;
    .highwater.tickerplant: 0Ni;
    .highwater.leaveQueue[];
    @[hclose; gone; ::]; };

/ Who is not in the queue stands by for nobody.
.highwater.leaveQueue:{[] if[.highwater.state=`standby; .highwater.state: `booting];};

/ Above the threshold without a row is a wrong threshold: handing on would roll every standby in turn.
.highwater.checkMemory:{[]
    if[not .highwater.state=`live; :()];
    bytes: .highwater.memory[];
    if[.highwater.rollThreshold>.highwater.percentUsed bytes; :()];
    if[count .highwater.ahead; .highwater.forgetAhead[]; :()];
    if[0=.highwater.heldRows[]; :()];
    if[.highwater.overdraws bytes; :()];
    .highwater.roll[]; };

/ What waits for the replay is in the log: read from there it takes no memory until its turn.
.highwater.forgetAhead:{[]
    .highwater.replayUntil: .highwater.replayUntil | first last .highwater.ahead;
    .highwater.ahead: ();
    .Q.gc[]; };

/ While nobody stands by it goes on to the hard threshold, as long as the largest vector could still double: for a
/ moment the old one and one of twice its size are both there. It hands over as soon as somebody stands by.
.highwater.overdraws:{[bytes]
    if[.highwater.followed or .highwater.hardThreshold<=.highwater.percentUsed bytes; :0b];
    bytes[1]>2*2 xexp ceiling 2 xlog 16+.highwater.largestVector[] };

/ Bytes: no item of a column takes more than eight, but a guid.
.highwater.largestVector:{[]
    wide: {[name] (count value name)*$[2h in type each value flip value name; 16; 8]};
    max 0,wide each .highwater.fedNames[] };

/ Takes no more and keeps its rows: at the threshold, or by hand, where a cluster is to end. While the tickerplant is
/ away nothing is told: the next .tp.join says that this one is rolled. One that has nothing of the new day drains.
.highwater.roll:{[]
    if[not .highwater.state=`live; :0b];
    .highwater.state: `rolled;
    .highwater.windowEnd: .highwater.lastIndex;
    .highwater.lastTime: .z.p;
    .highwater.replayUntil: 0N;
    .highwater.ahead: ();
    ofOldDay: (0<count .highwater.dayEnds) or .highwater.lastIndex in .highwater.marks`index;
    if[not null .highwater.tickerplant;
        .highwater.tell (`.tp.roll; .highwater.instanceId; .highwater.lastIndex);
        if[ofOldDay; .highwater.drain[]]];
    1b };

/ Without their attributes queries would be slow from then on.
.highwater.dropRows:{[tableName;gone]
    attributes: attr each flip value tableName;
    rest: gone _ value tableName;
    keep: {[rest;column;attribute] @[rest; column; {[attribute;values] attribute#values}[attribute]]};
    tableName set keep/[rest; key attributes; value attributes]; };

/ Rows of days that ended and are persisted. Then the window begins later. Who has left empties all of it at once.
.highwater.dropPersisted:{[]
    if[.highwater.left or .highwater.orphaned or not count .highwater.marks; :()];
    upTo: .highwater.persisted[];
    ended: exec max index from .highwater.marks where index<=upTo;
    due: exec last number by name from .highwater.marks where index<=upTo;
    if[not count due; :()];
    .highwater.dropDay[upTo]'[key due; value due];
    .highwater.firstIndex: .highwater.firstIndex | ended;
    .highwater.emptying: 0b;
    .Q.gc[];
    if[not null .highwater.tickerplant; .highwater.tell (`.tp.began; .highwater.instanceId; .highwater.firstIndex)]; };

/ q copies what stays, and Linux would end an RDB near its threshold for that: it keeps the rows until there is room.
.highwater.checkRoom:{[tableName;gone]
    columns: value flip value tableName;
    wide: sum {[column] $[2h=type column; 16; 8]} each columns;
    needed: 2*wide*(count value tableName)-gone;
    if[needed>last .highwater.memory[]; '"no room to drop rows of ",string tableName]; };

/ A table at a time, with its marks: what is dropped twice would be the new day's rows.
.highwater.dropDay:{[upTo;tableName;gone]
    .highwater.checkRoom[tableName;gone];
    .highwater.emptying: 1b;
    .highwater.dropRows[tableName;gone];
    delete from `.highwater.marks where name=tableName, index<=upTo;
    update number: number-gone from `.highwater.marks where name=tableName; };

/ Where the running day is written down too, and is asked for there, a rolled one need not wait for the day's end.
.highwater.drainWritten:{[]
    if[(not .highwater.drainsWritten) or .highwater.leaving or not .highwater.state=`rolled; :()];
    if[.highwater.isSafe[]; .highwater.drain[]]; };

/ Leaves for good, marker first; empties only after the tickerplant has confirmed, which also tells the window's end.
/ No row held is not enough: a q that restarted holds none, and neither does one where every update failed.
.highwater.leave:{[]
    if[(not .highwater.leaving) or .highwater.state=`drained; :()];
    if[not .highwater.markerWanted[]~.highwater.markerLines[]; .highwater.writeMarker[]];
    if[not .highwater.left; .highwater.askToLeave[]; :()];
    if[not .highwater.isSafe[]; :()];
    .highwater.replayUntil: 0N;
    names: .highwater.fedNames[];
    if[not null .highwater.windowEnd;
        .highwater.emptying: 1b;
        .highwater.dropRows'[names; count each value each names]];
    if[0=.highwater.heldRows[]; .Q.gc[]; .highwater.state: `drained]; };

/ All of the window is in the historical database; an RDB that never was live has none. Before update 1 all is safe.
/ What was orphaned is not: its indices have gone to other updates.
.highwater.isSafe:{[]
    if[.highwater.orphaned; :0b];
    (null .highwater.windowEnd) or .highwater.windowEnd<=0^.highwater.persisted[] };

.highwater.askToLeave:{[]
    if[null[.highwater.tickerplant] or .z.p<.highwater.nextLeave; :()];
    .highwater.nextLeave: .z.p+0D00:00:10;
    .highwater.tell (`.tp.leave; .highwater.instanceId; .highwater.held[]; .highwater.epoch); };

/ The instance and the end of its window. A marker that was baked into an image names another instance.
.highwater.markerLines:{[] @[read0; .highwater.marker; ()]};
.highwater.markerWanted:{[] (string .highwater.instanceId; string .highwater.windowEnd)};
.highwater.writeMarker:{[] .highwater.marker 0: .highwater.markerWanted[];};
.highwater.isMarked:{[] .highwater.instanceId in `$.highwater.markerLines[]};

/ Whether the step went well.
.highwater.attempt:{[step]
    done: {[step] value[step][]; 1b};
    @[done; step; {[step;failure] .highwater.say[step;failure]; 0b}[step]] };

/ The firm's timer may be faster than ours: ticks are counted, and a replay leaves time for queries. A clock that is set
/ back must neither stop the ticks nor keep what waits for a time waiting.
.highwater.tick:{[]
    .highwater.replaying: 0b;
    if[0D00:00:00.150>abs .z.p-.highwater.lastTick; :()];
    if[.z.p<.highwater.lastTick;
        .highwater.nextTry: .highwater.nextLeave: .highwater.nextAsk: .highwater.sayAgain: 0Np];
    if[.z.p>.highwater.sayAgain; .highwater.said: (enlist `)!enlist ""; .highwater.sayAgain: .z.p+0D00:05:00];
    .highwater.attempt each `.highwater.connect`.highwater.listen`.highwater.replay;
    .highwater.attempt each `.highwater.checkMemory`.highwater.dropPersisted`.highwater.drainWritten`.highwater.leave;
    .highwater.lastTick: .z.p; };

.highwater.lost:{[handle]
    if[handle=.highwater.tickerplant; .highwater.tickerplant: 0Ni; .highwater.leaveQueue[]];
    if[handle=.highwater.stream; .highwater.stream: 0Ni]; };

.highwater.instanceId: .highwater.findInstance[];
.highwater.leaving: .highwater.isMarked[];
/ 0N: never live, as far as this RDB knows.
.highwater.windowEnd: $[.highwater.leaving; "J"$.highwater.markerLines[] 1; 0N];
if[not null .highwater.windowEnd; .highwater.state: `rolled];
/ What the RDB had for its timer, for closed connections and for messages of others stays in force.
.z.ts: {[other;now] .highwater.tick[]; other now}[@[value; `.z.ts; {[failure] {[now] now}}]];
.z.pc: {[other;handle] .highwater.lost handle; other handle}[@[value; `.z.pc; {[failure] {[handle] handle}}]];
.highwater.hear:{[other;message] $[.highwater.isOfTickerplant[]; .highwater.heed message; other message]};
.highwater.answer:{[other;message] $[.highwater.isOfTickerplant[]; '"nothing is asked here"; other message]};
.z.ps: .highwater.hear[@[value; `.z.ps; {[failure] value}]];
.z.pg: .highwater.answer[@[value; `.z.pg; {[failure] value}]];
if[0=system "t"; system "t 200"];
