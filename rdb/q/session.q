/ session.q: runs the session of docs/q.md, and more, in a real q; says in one line whether it held, and exits 0 or 1:
/     cd rdb/q && q session.q
/ It starts a tickerplant, two RDBs, a subscriber, a gateway, a write-down and a q that loads its database, on seven
/ ports from SESSION_PORT (5300) on, in a new directory that it leaves behind, and ends them, also where it breaks off.
/ Where a port answers already it does not begin. SESSION_Q is the command that starts a q.

.session.setting:{[name;otherwise] $[count given: getenv name; given; otherwise]};
.session.q: .session.setting[`SESSION_Q;"q"];
.session.port: "J"$.session.setting[`SESSION_PORT;"5300"];
.session.folder: first system "mktemp -d";
.session.names: `tp`one`two`rte`gateway`writer`hdb;
.session.ports: .session.names!.session.port+til count .session.names;
.session.handles: .session.names!count[.session.names]#0Ni;
.session.held: 0;
.session.failed: ();

/ What an RDB is in the session: one table, and an index that is persisted once somebody says so.
.session.script: .session.folder,"/rdb.q";
.session.lines: ("trade:([] time:`timespan$(); sym:`g#`symbol$(); price:`float$())"; "upd: insert";
    "\\l highwater.q"; ".app.safe: 0N"; ".highwater.persisted:{[] .app.safe}"; "upd: insert");
(hsym `$.session.script) 0: .session.lines;
.session.database: .session.folder,"/hdb/db";
.session.scriptOf:{[name] .session.folder,"/",string[name],".q"};
.session.write:{[name;lines] (hsym `$.session.scriptOf name) 0: lines;};
.session.write[`writer; (.session.lines 0; "\\l writedown.q")];
/ A tickerplant that has subscribers knows the schema.
.session.write[`tp; (.session.lines 0; "\\l tickerplant.q")];
.session.write[`gateway; ("\\l gateway.q"; ".app.count:{[range] .gateway.query[range;\"count trade\";sum]}")];
/ As tick's r.q subscribes.
.session.dial: ".app.h: hopen `$\":localhost:",string[.session.port],"\"";
.session.write[`rte; (.session.lines 0; "upd: insert"; ".app.ended: `date$()"; ".u.end:{[date] .app.ended,: date;}";
    .session.dial; ".app.got: .app.h \"(.u.sub[`;`];`.u `i`L)\""; "{[schema] schema[0] set schema 1} each first .app.got")];

.session.start:{[name;file]
    settings: "HIGHWATER_LOGS=",.session.folder,"/log HIGHWATER_TICKERPLANT=localhost:",string .session.port;
    settings,: " HIGHWATER_INSTANCE_ID=i-",string[name]," HIGHWATER_MARKER=",.session.folder,"/",string name;
    settings,: " HIGHWATER_ROLL_THRESHOLD=99 HIGHWATER_HDB=",.session.folder,"/hdb";
    settings,: " HIGHWATER_HDB_ADDRESSES=localhost:",string[.session.ports`hdb]," ";
    output: " </dev/null >>",.session.folder,"/",string[name],".out 2>&1 &";
    system settings,.session.q," ",file," -p ",string[.session.ports name],output;
    .session.handles[name]: .session.connect .session.ports name; };

.session.open:{[port] @[hopen; (`$":localhost:",string port;500); 0Ni]};

/ Another q at a port would take what is meant for ours.
.session.answers:{[port]
    opened: .session.open port;
    if[not null opened; hclose opened];
    not null opened };

/ A q needs a moment until it listens.
.session.connect:{[port]
    opened: 0Ni;
    tries: 0;
    while[(null opened) and tries<50;
        system "sleep 0.2";
        opened: .session.open port;
        tries+: 1];
    opened };

.session.ask:{[name;text]
    put: {[handle;text] handle text};
    .[put; (.session.handles name; text); {[failure] "failed: ",failure}] };

/ Asks again for ten seconds: RDBs and tickerplant work on their timers.
.session.expect:{[name;text;wanted]
    found: .session.ask[name;text];
    tries: 0;
    while[(not found~wanted) and tries<50;
        system "sleep 0.2";
        found: .session.ask[name;text];
        tries+: 1];
    .session.held+: found~wanted;
    if[not found~wanted; .session.failed,: enlist string[name],": ",text," is ",.Q.s1[found],", not ",.Q.s1 wanted]; };

.session.stop:{[name]
    end: {[handle] neg[handle] "exit 0"; neg[handle][]};
    @[end; .session.handles name; ::];
    system "sleep 1";
    @[hclose; .session.handles name; ::];
    .session.handles[name]: 0Ni; };

.session.update: ".u.upd[`trade;(.z.n;`A;1.5)]";
.session.status: ".highwater.status[]`state`rows`first_index`last_index";

.session.run:{[]
    taken: value[.session.ports] where .session.answers each value .session.ports;
    if[count taken; '"something answers already at port ",", " sv string taken];
    .session.start[`tp; .session.scriptOf `tp];
    .session.expect[`tp; ".tp.updates"; 0];
    .session.start[`one;.session.script];
    .session.expect[`one; .session.status; (`live;0;0;0)];
    .session.start[`two;.session.script];
    .session.expect[`two; ".highwater.status[]`state`rows"; (`standby;0)];
    .session.start[`rte; .session.scriptOf `rte];
    .session.start[`gateway; .session.scriptOf `gateway];
    .session.ask[`tp; "do[3; ",.session.update,"]"];
    .session.expect[`rte; "count trade"; 3];
    .session.expect[`rte; "attr trade`sym"; `g];
    .session.expect[`gateway; ".app.count 0N 0W"; 3];
    .session.expect[`tp; "exec state from .tp.queue"; `live`standby];
    .session.expect[`tp; ".tp.status[]`updates`queue`waiting"; 3 1 0];
    .session.expect[`one; .session.status; (`live;3;0;3)];
    / A bad update is counted and stops nothing.
    .session.ask[`tp; ".u.upd[`trade;(.z.n;`A;`none)]"];
    .session.expect[`one; ".highwater.status[]`rows`last_index`failed"; 3 4 1];
    / -11! must give each record to .z.ps, and a firm's own upd must stay its own.
    .session.stop `one;
    .session.expect[`two; ".highwater.status[]`state`rows`last_index"; (`live;3;4)];
    .session.expect[`two; "upd~insert"; 1b];
    .session.expect[`two; "attr trade`sym"; `g];
    .session.start[`one;.session.script];
    .session.expect[`one; ".highwater.status[]`state"; `standby];
    / A live RDB that is asked to drain rolls, and keeps its rows until they are safe.
    .session.expect[`two; ".highwater.drain[]"; 1b];
    .session.expect[`two; ".highwater.status[]`state`rows"; (`rolled;3)];
    .session.expect[`one; ".highwater.status[]`state`first_index"; (`live;4)];
    .session.ask[`tp; .session.update];
    .session.expect[`gateway; ".app.count 0N 0W"; 4];
    .session.expect[`gateway; ".app.count 4 0W"; 1];
    .session.ask[`two; ".app.safe: 3"];
    .session.expect[`two; ".highwater.left"; 1b];
    .session.expect[`two; ".highwater.status[]`state`rows"; (`rolled;3)];
    .session.ask[`two; ".app.safe: 4"];
    .session.expect[`two; ".highwater.status[]`state`rows"; (`drained;0)];
    .session.expect[`two; "attr trade`sym"; `g];
    .session.expect[`two; "read0 .highwater.marker"; ("i-two";enlist "4")];
    / What is persisted may be gone; who asks for it by its index is told.
    .session.expect[`gateway; ".app.count 0N 0W"; 1];
    .session.expect[`gateway; ".app.count 0 0W"; "failed: gap: updates 1 to 4: i-two does not hold all of them, drained"];
    / The end of a day: the rows before it go once they are safe, those after it stay.
    .session.ask[`tp; ".tp.endOfDay[]"];
    .session.expect[`rte; "count .app.ended"; 1];
    .session.ask[`tp; .session.update];
    .session.expect[`one; "exec index from .highwater.marks"; enlist 5];
    .session.ask[`one; ".app.safe: 5"];
    .session.expect[`one; .session.status; (`live;1;5;6)];
    / The end of the log is torn, as a host leaves it that dies while it writes.
    .session.stop `tp;
    system "printf xy >> '",.session.folder,"/log/updates0'";
    .session.start[`tp; .session.scriptOf `tp];
    .session.expect[`tp; ".tp.updates"; 6];
    .session.expect[`tp; "exec state from .tp.queue"; enlist `live];
    .session.expect[`one; .session.status; (`live;1;5;6)];
    .session.expect[`gateway; ".app.count 0N 0W"; 1];
    .session.writeDown[]; };

/ A day that ends with its date is written, sorted and parted, and loaded; the bad update is put aside.
.session.writeDown:{[]
    system "mkdir -p '",.session.database,"'";
    .session.start[`hdb;.session.database];
    .session.start[`writer; .session.scriptOf `writer];
    .session.expect[`writer; ".writedown.status[]`reached`persisted"; 0 0];
    .session.ask[`tp; ".tp.today:{[] .z.d+1}"];
    .session.expect[`writer; ".writedown.status[]`reached`persisted"; 6 6];
    .session.expect[`hdb; "count .Q.pv"; 1];
    .session.expect[`writer; "count get ",.session.column "price"; 5];
    .session.expect[`writer; "type get ",.session.column "sym"; 20h];
    .session.expect[`writer; "attr get ",.session.column "sym"; `p];
    .session.expect[`writer; "first each get `:",.session.folder,"/hdb/failed/",string .z.d; enlist 4]; };

.session.column:{[name] "`:",.session.database,"/",string[.z.d],"/trade/",name};

@[.session.run; ::; {[failure] .session.failed,: enlist "the session broke off: ",failure}];
.session.stop each key[.session.handles] where not null value .session.handles;
.session.total: .session.held+count .session.failed;
-1 "session: ",string[.session.held]," of ",string[.session.total]," hold in q ",string[.z.K],", files in ",.session.folder;
if[count .session.failed; -2 "\n" sv .session.failed];
exit $[count .session.failed; 1; 0];
