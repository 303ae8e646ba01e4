/ tickerplant.q: the log, the queue of RDBs and the windows. Start it as the tickerplant:
/     q tickerplant.q -p 5000
/ Feeds call .u.upd[table;rows]. Every update has an index, counted from 1 and never reset: also not at end of day.
/ In the shared directory: the log in segments (updates0, updates1, ...), windows, days, starts, clock, addresses, a file
/ per drained RDB.

/ Of these files; highwater.q has the same of its own.
.tp.release: "0.4.0.dev0";

.tp.setting:{[name;otherwise] $[count given: getenv name; given; otherwise]};
.tp.logs: .tp.setting[`HIGHWATER_LOGS;"/mnt/highwater"];

/ Updates in one file of the log. An index tells its segment, so this must not change while there is a log.
.tp.segmentSize: 10000;

/ How long the holder of the open window may be away before the next standby gets its window.
.tp.grace: 0D00:00:05;
/ At start: RDBs notice a dead host after 20 seconds, and try again after a minute at most.
.tp.graceAtStart: 0D00:01:30;
.tp.lastTick: .z.p;
.tp.patientUntil: 0Np;

/ How long the window of an RDB that has left stays in the table: longer than a write-down is ever late.
.tp.keepWindows: 7D00:00:00;

/ updates: how many are in the log; synced: how many of them are surely out of this host's cache.
.tp.updates: .tp.synced: 0;
.tp.logHandle: .tp.dayHandle: 0Ni;

/ How many updates the log had at each start. A host that died takes the end of the log with it, and its indices are
/ given out again: what an RDB took before that start and after that count, the log does not have.
.tp.starts: `long$();

/ handle of the RDB that takes updates; standbys wait in the order of the queue.
.tp.live: 0Ni;
.tp.queue: ([] handle: `int$(); id: `symbol$(); state: `symbol$());
.tp.promoteAfter: 0Np;
/ How many updates there were when the last live RDB was lost: it took those.
.tp.taken: 0;

/ Who holds what: (firstIndex, lastIndex]. Exactly one window is open, with lastIndex 0N; nobody's has an empty id.
.tp.windows: ([] id: `symbol$(); firstIndex: `long$(); lastIndex: `long$());

/ A firm whose day ends at another hour than midnight UTC replaces it, after loading.
.tp.today:{[] .z.d};

/ The days, each with its last update: the last row is the day that runs, with 0N. A write-down that is late needs the
/ ends of several.
.tp.days: ([] date: `date$(); lastIndex: `long$());
.tp.keepDays: 31;
.tp.dayEnds:{[] exec lastIndex from .tp.days where not null lastIndex};

.tp.say:{[text] -2 string[.z.p]," tickerplant: ",text;};

/ What other hosts may call here: code of theirs would reach every RDB from here. A firm that has more adds it. Feeds
/ that are not in q send the name as text. From this host, 127.0.0.1, a person may do anything.
.tp.words: `.u.upd`.tp.join`.tp.roll`.tp.leave`.tp.began`.tp.watch`.u.sub;
/ What subscribers of tick send as text, r.q the first one. A firm that has another one adds it.
.tp.texts: ("(.u.sub[`;`];`.u `i`L)"; ".u.sub[`;`]");
.tp.heed:{[message]
    if[10h=type message; if[any message~/:.tp.texts; :value message]];
    word: $[10h=type first message; `$first message; first message];
    if[not $[-11h=type word; word in .tp.words; 0b] or .z.a=2130706433i; '"not among .tp.words"];
    value message };

/ ---- the contract with the reporter of this host ----

/ Updates that no live RDB has. One that is away for a moment has what it took; once its time is over, all of the open
/ window waits to be read from the log.
.tp.waiting:{[]
    if[not null .tp.live; :0];
    begin: exec first firstIndex from .tp.windows where null lastIndex;
    .tp.updates-$[.z.p<.tp.promoteAfter; begin | .tp.taken; begin] };

.tp.status:{[]
    standbys: count exec id from .tp.queue where state=`standby;
    `updates`queue`waiting`release!(.tp.updates; standbys; .tp.waiting[]; .tp.release) };

/ ---- the log ----

.tp.segmentFile:{[segment] hsym `$.tp.logs,"/updates",string segment};

/ Less than the eight bytes of its header: a new file, or the host died while it was made.
.tp.openLog:{[]
    file: .tp.segmentFile .tp.updates div .tp.segmentSize;
    if[8>@[hcount; file; 0]; .tp.makeSegment file];
    .tp.logHandle: hopen file; };

/ Every segment but the last one must be whole after a host died: on a disk of its own closing writes nothing through.
.tp.makeSegment:{[file]
    if[0<.tp.updates mod .tp.segmentSize; '"gone or unreadable: ",1_string file];
    if[.tp.updates>0; system "sync '",(1_string .tp.segmentFile -1+.tp.updates div .tp.segmentSize),"'"];
    file set (); };

/ On a network file system others see what was written only after the file was closed.
.tp.sync:{[]
    if[not null .tp.logHandle; hclose .tp.logHandle];
    if[not null .tp.dayHandle; hclose .tp.dayHandle];
    / A handle that is closed must not be written to if the file cannot be opened again.
    .tp.logHandle: .tp.dayHandle: 0Ni;
    .tp.openLog[];
    if[not null .u.L; .tp.dayHandle: hopen .u.L];
    .tp.synced: .tp.updates; };

/ Logged, then counted, then sent: what the log does not have, nobody gets.
.u.upd:{[tableName;rows]
    rows: $[.tp.stamps; .tp.stamped rows; rows];
    .tp.check[tableName;rows];
    @[.tp.write; (`upd;tableName;rows); .tp.unwritten];
    .tp.updates+: 1;
    if[not null .tp.live; .tp.send[(`.highwater.take;.tp.updates;tableName;rows);.tp.live]];
    if[count .tp.subscribers; .[.tp.publish; (tableName;rows); .tp.say]]; };

/ For feeds of tick's convention, which send no time: the time of arrival is the first column, unless that is a time.
.tp.stamps: "1"~first .tp.setting[`HIGHWATER_STAMP;"0"];
.tp.stamped:{[rows]
    if[(98h=type rows) or (type first first rows) in -12 -16h; :rows];
    $[0>type first rows; .z.n,rows; (enlist (count first rows)#.z.n),rows] };

/ Where the schema is loaded here as well, the feed hears of a mistake that every RDB would stumble over.
.tp.check:{[tableName;rows]
    if[not -11h=type tableName; '"the name of a table must be a symbol"];
    known: tables `.;
    if[not count known; :()];
    if[not tableName in known; '"no such table: ",string tableName];
    wanted: count cols tableName;
    if[not wanted=count $[98h=type rows; value flip rows; rows]; '"not ",string[wanted]," columns: ",string tableName]; };

.tp.write:{[record]
    if[0=.tp.updates mod .tp.segmentSize; .tp.sync[]];
    .tp.logHandle enlist record;
    if[null .tp.dayHandle; :()];
    .tp.dayHandle enlist record;
    .u.i+: 1; };

/ A record may be written in part, and nothing after it could be read: the next start cuts it off.
.tp.unwritten:{[failure]
    .tp.say "the log cannot be written, so the tickerplant ends: ",failure;
    exit 1; };

/ After a restart: as many updates as the log has. A torn end, from a host that died while writing, is cut off.
.tp.countLog:{[]
    names: key hsym `$.tp.logs;
    found: names where names like "updates[0-9]*";
    if[not count found; :0];
    segment: max "J"$7_/:string found;
    file: .tp.segmentFile segment;
    chunks: $[8>hcount file; 0; -11!(-2; file)];
    / More than a torn end may be cut off, where the damage is in the middle: that is kept for a person.
    if[1<count chunks;
        kept: .tp.logs,"/damaged",string[segment],"-",string "j"$.z.p;
        system "cp '",(1_string file),"' '",kept,"'";
        .tp.say "cuts off what cannot be read, and keeps all of it in ",kept;
        system "truncate -s ",string[last chunks]," '",(1_string file),"'"];
    first[chunks]+segment*.tp.segmentSize };

/ ---- what survives a restart ----

/ Onto the disk, also where closing a file does not bring it there.
.tp.flush:{[] system "sync -f '",.tp.logs,"'";};

/ Renamed into place: who reads it finds the old content or the new one.
.tp.store:{[name;content]
    path: .tp.logs,"/",name;
    (hsym `$path,".new") set content;
    system "mv -f '",path,".new' '",path,"'"; };

.tp.stored:{[name;otherwise]
    file: hsym `$.tp.logs,"/",name;
    $[()~key file; otherwise; get file] };

.tp.storeWindows:{[] .tp.store["windows";.tp.windows]};

.tp.drainedFile:{[instance]
    if["/" in string instance; '"no instance: ",string instance];
    hsym `$.tp.logs,"/drained/",string instance };

.tp.isDrained:{[instance] not ()~key .tp.drainedFile instance};

/ ---- RDBs call these, asynchronously; so no answer keeps one waiting ----

/ A message that cannot be sent is no loss: the log has it, and .z.pc follows.
.tp.send:{[message;connection] @[neg connection; message; {[failure] .tp.say "cannot send: ",failure}]; };

.tp.assign:{[connection;decided;firstIndex;replayUntil;orphaned]
    names: `state`firstIndex`replayUntil`orphaned`segmentSize`epoch`dayEnds`firstTime`lastTime;
    ends: .tp.dayEnds[];
    later: ends where ends>firstIndex;
    times: (.tp.after firstIndex; .tp.by replayUntil);
    window: (decided; firstIndex; replayUntil; orphaned; .tp.segmentSize; count .tp.starts; later);
    answer: names!window,times;
    .tp.send[(`.highwater.assign;answer);connection]; };

/ The update up to which the log has what an RDB took that goes by that epoch: a tickerplant whose host died took the
/ end of the log with it.
.tp.kept:{[epoch] .tp.updates & min (0^epoch) _ .tp.starts};

/ What fails would leave an RDB half in the queue: hung up on, it comes back and tells all of it again.
.tp.orHangUp:{[step;arguments]
    .[step; arguments; {[connection;failure]
        .tp.say "hangs up on an RDB: ",failure;
        .tp.disconnected connection;
        .tp.promoteAfter: .tp.promoteAfter | .z.p+.tp.grace;
        hclose connection}[.z.w]];
    .tp.announce[]; };

.tp.join:{[instance;claimed;held;epoch;door] .tp.orHangUp[.tp.takeIn; (instance;claimed;held;epoch;door)]};
.tp.roll:{[instance;heldLast] .tp.orHangUp[.tp.takeRolled; (instance;heldLast)]};
.tp.leave:{[instance;held;epoch] .tp.orHangUp[.tp.letGo; (instance;held;epoch)]};

/ An RDB says what it is and holds: (first, last], 0N for nothing, the epoch of the answer that it goes by, 0N for none,
/ and its port. It gets its window back while that is its own.
.tp.takeIn:{[instance;claimed;held;epoch;door]
    .tp.noteAddress[instance;door];
    heldLast: last held;
    holds: not null heldLast;
    orphaned: heldLast>.tp.kept epoch;
    logged: heldLast & .tp.kept epoch;
    if[.tp.isDrained instance; :.tp.refuse[.z.w;instance;orphaned]];
    if[holds; .tp.began[instance; first held]];
    / Who is told of a window must find the same one after a restart.
    .tp.storeWindows[];
    .tp.forget instance;
    `.tp.queue insert (.z.w; instance; `standby);
    windowFirst: exec first firstIndex from .tp.windows where id=instance;
    windowLast: exec first lastIndex from .tp.windows where id=instance;
    / Its window went to another while it was away. It keeps its rows, and takes no more.
    if[null windowFirst; :$[holds; .tp.setRolled[.z.w; first held; logged; orphaned]; .tp.becomeStandby .z.w]];
    / Its window is closed. What it does not hold, after a restart of q, it reads from the log again.
    if[not null windowLast; :.tp.setRolled[.z.w; windowFirst; windowLast; orphaned]];
    / Its window is open, and there is nothing in it any more: whoever is first in the queue may have it.
    if[not holds; .tp.promoteAfter: 0Np; :.tp.becomeStandby .z.w];
    if[(claimed=`live) and not orphaned; :.tp.goOn[.z.w; first held]];
    / It has rolled meanwhile, or is orphaned. Closed first: told, it would join with the new epoch.
    update state: `rolled from `.tp.queue where handle=.z.w;
    .tp.closeWindow[instance;logged];
    .tp.setRolled[.z.w; windowFirst; logged; orphaned]; };

/ The RDB has stopped at that update. Told twice, the second time finds no open window.
.tp.takeRolled:{[instance;heldLast]
    update state: `rolled from `.tp.queue where id=instance;
    .tp.closeWindow[instance;heldLast]; };

/ What was before that index is persisted, and the RDB holds it no more.
.tp.began:{[instance;index]
    if[not count select from .tp.windows where id=instance, firstIndex<index; :()];
    update firstIndex: index from `.tp.windows where id=instance;
    .tp.storeWindows[];
    .tp.announce[]; };

/ Before it is drained an RDB must know the window that it had: all of that has to be persisted.
.tp.refuse:{[connection;instance;orphaned]
    windowFirst: exec first firstIndex from .tp.windows where id=instance, not null lastIndex;
    windowLast: exec first lastIndex from .tp.windows where id=instance, not null lastIndex;
    .tp.assign[connection;`drained;windowFirst;windowLast;orphaned]; };

/ For good: recorded first, then confirmed. A window that is open goes to the next one: from where this one stopped, or
/ from where it began. Once confirmed it never asks again, so all that it took must outlive this host first.
.tp.letGo:{[instance;held;epoch]
    heldLast: last held;
    .tp.drainedFile[instance] 0: enlist string .z.p;
    .tp.left,: instance;
    .tp.forget instance;
    if[not null heldLast; .tp.began[instance; first held]; .tp.closeWindow[instance; heldLast & .tp.kept epoch]];
    update id: ` from `.tp.windows where id=instance, null lastIndex;
    .tp.storeWindows[];
    .tp.sync[];
    .tp.flush[];
    .tp.refuse[.z.w; instance; heldLast>.tp.kept epoch];
    .tp.promote[]; };

/ ---- the queue ----

/ An older connection of the same RDB counts no more.
.tp.forget:{[instance]
    connections: exec handle from .tp.queue where id=instance;
    if[.tp.live in connections; .tp.live: 0Ni];
    delete from `.tp.queue where id=instance; };

.tp.becomeStandby:{[connection]
    .tp.assign[connection;`standby;0N;0N;0b];
    .tp.promote[]; };

/ Its window is (windowFirst, windowLast].
.tp.setRolled:{[connection;windowFirst;windowLast;orphaned]
    update state: `rolled from `.tp.queue where handle=connection;
    .tp.assign[connection;`rolled;windowFirst;windowLast;orphaned]; };

.tp.goOn:{[connection;firstIndex]
    .tp.sync[];
    .tp.live: connection;
    update state: `live from `.tp.queue where handle=connection;
    .tp.assign[connection;`live;firstIndex;.tp.updates;0b]; };

/ Closes an instance's open window and opens the next one, which nobody has yet. Nobody is live from then on, also
/ if the windows cannot be stored: the next tick tries again.
.tp.closeWindow:{[instance;heldLast]
    opened: exec first firstIndex from .tp.windows where id=instance, null lastIndex;
    if[null opened; :()];
    / On disk a window must never be ahead of the log.
    .tp.sync[];
    end: heldLast & .tp.updates;
    begin: opened & end;
    update firstIndex: begin from `.tp.windows where id=instance, null lastIndex;
    update lastIndex: end from `.tp.windows where id=instance, null lastIndex;
    `.tp.windows insert (`; end; 0N);
    .tp.markTime[];
    .tp.live: 0Ni;
    .tp.promoteAfter: 0Np;
    .tp.storeWindows[];
    .tp.store["clock"; .tp.clock];
    .tp.promote[]; };

/ The open window goes to the first standby, which reads from the log what was logged since the window began.
.tp.promote:{[]
    waiting: select from .tp.queue where state=`standby;
    if[(not null .tp.live) or (not count waiting) or .z.p<.tp.promoteAfter; :()];
    chosen: first waiting;
    instance: chosen`id;
    update id: instance from `.tp.windows where null lastIndex;
    .tp.storeWindows[];
    .tp.goOn[chosen`handle; exec first firstIndex from .tp.windows where null lastIndex]; };

/ Nobody follows a rolled one or a standby. The live one may come back within the grace.
.tp.disconnected:{[connection]
    .tp.watchers: .tp.watchers except connection;
    delete from `.tp.subscribers where handle=connection;
    delete from `.tp.queue where handle=connection;
    .tp.noteStall[];
    if[connection=.tp.live; .tp.taken: .tp.updates; .tp.live: 0Ni; .tp.promoteAfter: .tp.patientUntil | .z.p+.tp.grace];
    .tp.announce[]; };

/ RDBs hang up on a tickerplant that stood still for so long: they come back as after its start.
.tp.noteStall:{[] if[.z.p>.tp.lastTick+0D00:00:20; .tp.patientUntil: .z.p+.tp.graceAtStart];};

/ ---- subscribers of tick: an RTE, a chained tickerplant, an r.q ----

/ Who gets which table, a row for each sym; the empty one stands for all.
.tp.subscribers: ([] handle: `int$(); name: `symbol$(); wanted: `symbol$());

/ What it returns is what tick's returns: the table's name and the empty table, or a list of these for all tables. Only a
/ tickerplant that loads the schema too knows them.
.u.sub:{[tableName;syms]
    known: tables `.;
    if[null tableName; :.u.sub[;syms] each known];
    if[not tableName in known; 'tableName];
    .tp.sync[];
    connection: .z.w;
    chosen: distinct (),syms;
    delete from `.tp.subscribers where handle=connection, name=tableName;
    `.tp.subscribers insert (count[chosen]#connection; count[chosen]#tableName; chosen);
    schema: 0#value tableName;
    (tableName; $[`sym in cols tableName; @[schema; `sym; {[values] `g#values}]; schema]) };

.tp.publish:{[tableName;rows]
    takers: exec wanted by handle from .tp.subscribers where name=tableName;
    if[not count takers; :()];
    columns: $[98h=type rows; value flip rows; 0>type first rows; enlist each rows; rows];
    .tp.publishTo[tableName; flip (cols tableName)!columns]'[key takers; value takers]; };

.tp.publishTo:{[tableName;rows;connection;syms]
    chosen: $[` in syms; rows; rows where rows[`sym] in syms];
    if[count chosen; .tp.send[(`upd;tableName;chosen);connection]]; };

/ tick's log of one day, which a subscriber replays: .u.i updates in the file .u.L. Written beside the segments if a name
/ is set, and null otherwise.
.tp.dayLog: .tp.setting[`HIGHWATER_DAY_LOG;""];
.u.i: .tp.dayBegin: .tp.position: 0N;
.u.L: `;

.tp.openDayLog:{[]
    if[not null .tp.dayHandle; hclose .tp.dayHandle];
    .tp.dayHandle: 0Ni;
    .u.L: `;
    .u.i: 0N;
    if[not count .tp.dayLog; :()];
    .tp.dayBegin: 0^exec last lastIndex from .tp.days where not null lastIndex;
    file: hsym `$.tp.logs,"/",.tp.dayLog,string exec last date from .tp.days;
    counted: $[8>@[hcount; file; 0]; 0N; -11!(-2;file)];
    / A host that died may have lost the end of either file, and a day that ends twice begins anew.
    if[not counted~.tp.updates-.tp.dayBegin; .tp.makeDayLog file];
    .u.i: .tp.updates-.tp.dayBegin;
    .u.L: file;
    .tp.dayHandle: hopen file; };

/ Anew from the segments, before anything else is heard or after the end of a day, when there is nothing in it.
.tp.makeDayLog:{[file]
    file set ();
    if[.tp.dayBegin=.tp.updates; :()];
    .tp.dayHandle: hopen file;
    heeding: @[value; `.z.ps; {[failure] value}];
    .z.ps: .tp.copy;
    begin: .tp.dayBegin div .tp.segmentSize;
    end: (.tp.updates-1) div .tp.segmentSize;
    failed: @[{[segments] .tp.copySegment each segments; ""}; begin+til 1+end-begin; {[failure] failure}];
    .z.ps: heeding;
    hclose .tp.dayHandle;
    .tp.dayHandle: 0Ni;
    if[count failed; 'failed]; };

.tp.copySegment:{[segment]
    .tp.position: segment*.tp.segmentSize;
    -11!(.tp.segmentSize & .tp.updates-.tp.position; .tp.segmentFile segment); };

.tp.copy:{[record]
    .tp.position+: 1;
    if[.tp.position>.tp.dayBegin; .tp.dayHandle enlist record]; };

/ The log has what is queued for who is slow. An RDB that is hung up on comes back and reads it there.
.tp.mostQueued: "J"$.tp.setting[`HIGHWATER_MOST_QUEUED;"1000000000"];
.tp.shed:{[] .tp.hangUp each (key .z.W) where .tp.mostQueued<sum each value .z.W;};
.tp.hangUp:{[connection]
    .tp.say "hangs up on ",string[connection],", for which too much is queued";
    .tp.disconnected connection;
    hclose connection; };

/ ---- the table of windows, for gateways ----

/ Who asks for it gets it now and on each change, and each second how many updates there are.
.tp.watchers: `int$();
.tp.announced: ();

/ Where RDBs are, by id: as the tickerplant sees them, and as they say. Those that have left do not come back to say it.
.tp.addresses: ([] id: `symbol$(); host: `symbol$(); port: `int$());
/ Those that a file in drained names.
.tp.left: `symbol$();

/ How many updates there were at which time: a minute apart while updates come, and at each end of a window or a day.
.tp.clock: ([] index: `long$(); time: `timestamp$());
.tp.markTime:{[] if[.tp.updates>exec last index from .tp.clock; `.tp.clock insert (.tp.updates; .z.p)];};

/ A clock that was set back: what came before may have come by its last time, what follows by the first of the new ones.
.tp.noteClock:{[]
    if[not .z.p<.tp.lastTick; :()];
    second: 0D00:00:01;
    `.tp.clock insert (2#.tp.updates; (.tp.lastTick+second; .z.p-second));
    @[.tp.store["clock"]; .tp.clock; .tp.say]; };

/ What follows that update came after this time; it and what was before it came by that one. 0Np for the open end.
.tp.after:{[end] exec last time from .tp.clock where index<=end};
.tp.by:{[end] $[null end; 0Np; exec first time from .tp.clock where index>=end]};

.tp.noteAddress:{[instance;door]
    found: `$"." sv string "i"$0x0 vs .z.a;
    if[count select from .tp.addresses where id=instance, host=found, port=door; :()];
    delete from `.tp.addresses where id=instance;
    `.tp.addresses insert (instance; found; door);
    .tp.store["addresses"; .tp.addresses]; };

/ Nobody has a window without an id; one that is away may come back.
.tp.stateOf:{[instance]
    queued: exec first state from .tp.queue where id=instance;
    $[null instance; `none; not null queued; queued; instance in .tp.left; `left; `away] };

.tp.hostOf:{[instance] exec first host from .tp.addresses where id=instance};
.tp.portOf:{[instance] exec first port from .tp.addresses where id=instance};

.tp.table:{[]
    owners: .tp.windows`id;
    ([] id: owners; host: .tp.hostOf each owners; port: .tp.portOf each owners; state: .tp.stateOf each owners;
        firstIndex: .tp.windows`firstIndex; lastIndex: .tp.windows`lastIndex;
        firstTime: .tp.after each .tp.windows`firstIndex; lastTime: .tp.by each .tp.windows`lastIndex) };

.tp.watch:{[]
    .tp.watchers: distinct .tp.watchers,.z.w;
    .tp.inform .z.w; };

.tp.inform:{[connection]
    names: `windows`clock`updates`epoch;
    .tp.send[(`.gateway.learn; names!(.tp.table[]; .tp.clock; .tp.updates; count .tp.starts)); connection]; };

.tp.announce:{[]
    now: (.tp.windows; .tp.queue; .tp.left);
    if[now~.tp.announced; :()];
    .tp.announced: now;
    .tp.inform each .tp.watchers; };

/ ---- the clock ----

/ RDBs drop the ended day by its indices: a host that dies must not have them given out again. Stored last: who has seen
/ that a day ended must never see it end elsewhere.
.tp.turnDay:{[today]
    update lastIndex: .tp.updates from `.tp.days where null lastIndex;
    delete from `.tp.days where date<=today-.tp.keepDays;
    `.tp.days insert (today; 0N);
    .tp.markTime[];
    .tp.store["clock"; .tp.clock];
    .tp.flush[];
    .tp.store["days"; .tp.days]; };

/ Rolled ones drain; the live one goes on. Windows stay as they are: an RDB says when it has emptied a part of its own.
/ What fails before the day is stored is done again on the next tick.
.tp.endOfDay:{[]
    .tp.sync[];
    today: .tp.today[];
    ended: exec last date from .tp.days;
    .tp.forgetWindows[];
    .tp.storeWindows[];
    @[.tp.turnDay; today; {[before;failure] .tp.days: before; 'failure}[.tp.days]];
    .tp.send[(`.highwater.endOfDay;.tp.updates)] each exec handle from .tp.queue;
    @[.tp.openDayLog; ::; .tp.say];
    .tp.send[(`.u.end;ended)] each exec distinct handle from .tp.subscribers; };

/ An RDB that has left may hold its rows until the write-down has come round to them: gateways ask it, and it reads its
/ window again if its q restarts.
.tp.forgetWindows:{[]
    closed: exec id from .tp.windows where not null lastIndex;
    gone: $[count closed; closed where .tp.leftLongAgo each closed; closed];
    delete from `.tp.windows where not null lastIndex, id in gone;
    begin: exec min firstIndex from .tp.windows;
    begun: exec last index from .tp.clock where index<=begin;
    delete from `.tp.clock where index<begun; };

/ One that has not left has no file, and what cannot be read is of no known age.
.tp.leftLongAgo:{[instance]
    isOld: {[file] .tp.keepWindows<.z.p-first "P"$read0 file};
    @[isOld; .tp.drainedFile instance; 0b] };

.tp.tick:{[]
    .tp.noteClock[];
    .tp.noteStall[];
    .tp.lastTick: .z.p;
    / A clock that was set back must not keep a window waiting.
    .tp.promoteAfter: .tp.promoteAfter & .z.p+.tp.graceAtStart;
    if[.tp.synced<.tp.updates; .tp.sync[]];
    .tp.shed[];
    standbys: count exec id from .tp.queue where state=`standby;
    .tp.send[(`.highwater.heartbeat;standbys)] each exec handle from .tp.queue;
    .tp.promote[];
    if[.z.p>0D00:01:00+exec last time from .tp.clock; .tp.markTime[]];
    .tp.announce[];
    .tp.send[(`.gateway.heartbeat;.tp.updates;.z.p)] each .tp.watchers;
    if[(exec last date from .tp.days)<.tp.today[]; .tp.endOfDay[]]; };

.tp.start:{[]
    system "mkdir -p '",.tp.logs,"/drained'";
    .tp.updates: .tp.countLog[];
    .tp.taken: .tp.updates;
    .tp.openLog[];
    .tp.starts: .tp.stored["starts"; .tp.starts], .tp.updates;
    .tp.store["starts"; .tp.starts];
    .tp.flush[];
    .tp.days: .tp.stored["days"; .tp.days];
    if[not count .tp.days; `.tp.days insert (.tp.today[]; 0N)];
    update lastIndex: lastIndex & .tp.updates from `.tp.days;
    / Also on the first day: a restart on the next one must see that this one has ended.
    .tp.store["days"; .tp.days];
    .tp.windows: .tp.stored["windows"; .tp.windows];
    / A host that died may have kept these and lost the end of the log.
    update firstIndex: firstIndex & .tp.updates from `.tp.windows;
    update lastIndex: lastIndex & .tp.updates from `.tp.windows;
    if[not count .tp.windows; `.tp.windows insert (`;0;0N)];
    .tp.clock: .tp.stored["clock"; .tp.clock];
    delete from `.tp.clock where index>.tp.updates;
    .tp.markTime[];
    .tp.addresses: .tp.stored["addresses"; .tp.addresses];
    .tp.openDayLog[];
    .tp.left,: key hsym `$.tp.logs,"/drained";
    .tp.promoteAfter: $[null exec first id from .tp.windows where null lastIndex; 0Np; .z.p+.tp.graceAtStart]; };

.z.pg:{[message] .tp.heed message};
.z.ps:{[message] .tp.heed message};
.z.pc:{[connection] .tp.disconnected connection};
.z.ts:{[now] @[.tp.tick; ::; .tp.say]};
/ Half started it would give out indices that the log has.
@[.tp.start; ::; {[failure] .tp.say "cannot start: ",failure; exit 1}];
system "t 1000";
