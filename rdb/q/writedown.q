/ writedown.q: writes the log into the historical database and says how far it is. Load it once, after the schema, in a
/ q that does nothing else:
/     \l /mnt/code/kx/schema.q
/     \l /mnt/code/kx/writedown.q
/ It asks no RDB: all that it needs is in the log, and all that it has done is on disk in the database. So it may be
/ killed anywhere, and goes on from there. docs/q.md has the settings and the order of the steps.

.writedown.setting:{[name;otherwise] $[count given: getenv name; given; otherwise]};
.writedown.logs: .writedown.setting[`HIGHWATER_LOGS;"/mnt/highwater"];
/ In it: db, the database by date; intraday, that of the running day; writing, what is not whole yet; persisted.
.writedown.home: .writedown.setting[`HIGHWATER_HDB;"/mnt/hdb"];
.writedown.passwordFile: .writedown.setting[`HIGHWATER_Q_PASSWORDS;""];
/ The last update that was written by other means, before this file.
.writedown.from: "J"$.writedown.setting[`HIGHWATER_WRITE_FROM;"0"];
if[null .writedown.from; '"HIGHWATER_WRITE_FROM must be the index of an update"];

/ Which q's load each database, as host:port; with none for the running day, that one is not written.
.writedown.listed:{[text] found: "," vs text; found where 0<count each found};
.writedown.addresses: getenv each `HIGHWATER_HDB_ADDRESSES`HIGHWATER_INTRADAY_ADDRESSES;
.writedown.readers: `db`intraday!.writedown.listed each .writedown.addresses;
if[not count .writedown.readers`db; '"HIGHWATER_HDB_ADDRESSES must name the q that loads the database"];
.writedown.reloading: "\\l .";
if[not count tables `.; '"load the schema before writedown.q"];

/ Updates in one file of the log, as tickerplant.q has it.
.writedown.segmentSize: 10000;

/ Root tables that are not of the day. What a firm may replace, after loading: how rows get into a table, as in an RDB.
.writedown.static: `symbol$();
.writedown.onUpdate:{[tableName;rows] tableName insert rows};

.writedown.reading: .writedown.looked: 0b;
.writedown.begin: .writedown.position: .writedown.pause: 0;
.writedown.windows: .writedown.days: ();
.writedown.known: .writedown.filled: `symbol$();
/ (index; table; rows) of the updates that could not be inserted.
.writedown.failed: ();
/ Which databases have been loaded as they are on disk now. At a start nobody knows.
.writedown.told: `db`intraday!00b;
.writedown.said: (enlist `)!enlist "";

/ What fails once fails on every tick: it is said once, and again when it has changed.
.writedown.say:{[about;text]
    if[not text~.writedown.said about;
        .writedown.said[about]: text;
        if[count text; -2 string[.z.p]," writedown: ",string[about],": ",text]]; };

/ ---- what may come from the log and from others ----

/ The tickerplant's host must not run code here by what it logs. From this host a person may do anything.
.writedown.words: enlist `.writedown.status;
.writedown.heed:{[message]
    if[.writedown.reading; :$[`upd~first message; value message; '"not an update"]];
    word: $[10h=type first message; `$first message; first message];
    if[not $[-11h=type word; word in .writedown.words; 0b] or .z.a=2130706433i; '"not among .writedown.words"];
    value message };

/ ---- what is on disk ----

.writedown.path:{[parts] hsym `$"/" sv parts};
.writedown.folder:{[name] .writedown.home,"/",string name};
.writedown.stored:{[name] get .writedown.path (.writedown.logs;name)};

/ Partitions by name; the newest date is the last.
.writedown.partitions:{[name]
    names: key hsym `$.writedown.folder name;
    names where names like "[0-9]*" };

/ Each partition has a table highwater with one row: which updates are in it, (firstIndex, lastIndex].
.writedown.noted:{[name;column;partition]
    file: .writedown.path (.writedown.folder name; string partition; "highwater"; column);
    $[()~key file; 0N; last get file] };

/ The last update that is in the database by date.
.writedown.written:{[]
    noted: .writedown.noted[`db;"lastIndex";last .writedown.partitions `db];
    $[null noted; .writedown.from; noted] };

/ The last update that is in either database.
.writedown.reached:{[]
    max .writedown.written[],.writedown.noted[`intraday;"lastIndex"] each .writedown.partitions `intraday };

.writedown.persistedFile: .writedown.path (.writedown.home;"persisted");
.writedown.persisted:{[] @[get; .writedown.persistedFile; 0N]};

/ For a person: how far it is on disk, and loaded; and what is in the way.
.writedown.status:{[]
    texts: value .writedown.said;
    `reached`persisted`trouble!(.writedown.reached[]; .writedown.persisted[]; "; " sv texts where 0<count each texts) };

/ ---- the log ----

upd:{[tableName;rows] .writedown.take[tableName;rows];};

/ One that an RDB could not insert either is put aside with the day: it must not stop the others. Not so what memory is
/ too short for.
.writedown.take:{[tableName;rows]
    .writedown.position+: 1;
    if[.writedown.position<=.writedown.begin; :()];
    outcome: .[.writedown.insertInto; (tableName;rows); {[failure] (`failed;failure)}];
    if[not `failed~first outcome; :()];
    if[outcome[1] like "*wsfull*"; .writedown.position-: 1; 'outcome 1];
    .writedown.failed,: enlist (.writedown.position;tableName;rows); };

.writedown.insertInto:{[tableName;rows]
    if[not -11h=type tableName; '"the name of a table must be a symbol"];
    if[not tableName in .writedown.known; '"no such table: ",string tableName];
    .writedown.onUpdate[tableName;rows] };

/ Reads the updates up to end that are in a segment. That one of them cannot be read is an error.
.writedown.play:{[segment;end]
    start: .writedown.position: segment*.writedown.segmentSize;
    file: .writedown.path (.writedown.logs;"updates",string segment);
    wanted: .writedown.segmentSize & end-start;
    .writedown.reading: 1b;
    read: {[wanted;file] -11!(wanted;file); ""};
    failure: .[read; (wanted;file); {[failure] failure}];
    .writedown.reading: 0b;
    if[wanted=.writedown.position-start; :()];
    if[.writedown.isLeftOut[.writedown.position;start+wanted]; :()];
    if[not count failure; failure: "the file ends there"];
    '"update ",string[1+.writedown.position]," cannot be read from updates",string[segment],": ",failure };

/ Updates that the log has lost: RDBs may hold them, so nothing goes past them until a person has said so.
.writedown.leftOut: .writedown.path (.writedown.home;"leftOut");
.writedown.gaps:{[] @[get; .writedown.leftOut; ([] firstIndex: `long$(); lastIndex: `long$())]};
.writedown.isLeftOut:{[reached;end]
    gaps: .writedown.gaps[];
    any (gaps[`firstIndex]<=reached) and gaps[`lastIndex]>=end };

/ For a person, who knows where the rows of (firstIndex, lastIndex] are, or that they are nowhere.
.writedown.leaveOut:{[firstIndex;lastIndex]
    gaps: .writedown.gaps[];
    .writedown.leftOut set flip `firstIndex`lastIndex!(gaps[`firstIndex],firstIndex; gaps[`lastIndex],lastIndex);
    .writedown.pause: 0; };

/ ---- a partition: made in the folder writing, and moved when it is whole ----

.writedown.splayed:{[tableName] .writedown.path (.writedown.folder `writing; string tableName; "")};

.writedown.clear:{[]
    names: (tables `.) except .writedown.static;
    .writedown.known: names where 98h=type each value each names;
    .writedown.empty each .writedown.known;
    .writedown.failed: ();
    .writedown.filled: `symbol$();
    system "rm -rf '",.writedown.folder[`writing],"'";
    system "mkdir -p '",.writedown.folder[`writing],"'"; };

.writedown.empty:{[tableName] tableName set 0#value tableName;};

/ A segment at a time, so that memory must hold no day.
.writedown.append:{[name;tableName]
    bare: flip {[values] `#values} each flip value tableName;
    .writedown.splayed[tableName] upsert .Q.en[hsym `$.writedown.folder name;bare];
    .writedown.filled: distinct .writedown.filled,tableName;
    .writedown.empty tableName; };

.writedown.readSegment:{[name;end;segment]
    .writedown.play[segment;end];
    .writedown.append[name] each .writedown.known where 0<count each value each .writedown.known;
    .Q.gc[]; };

/ The sort keeps the order of the log within a sym. Every partition has every table, also one that is empty.
.writedown.sortTable:{[tableName]
    if[not `sym in cols tableName; :()];
    @[`sym xasc .writedown.splayed tableName; `sym; `p#]; };

.writedown.setEmpty:{[name;tableName]
    .writedown.splayed[tableName] set .Q.en[hsym `$.writedown.folder name;value tableName]; };

/ Writes the updates (begin, end] as one partition of a database. On the disk before it is moved, and moved on the disk
/ before anybody hears of it: RDBs drop their rows by it. What was read was on the log's disk first.
.writedown.write:{[name;partition;begin;end]
    .writedown.clear[];
    system "sync -f '",.writedown.logs,"'";
    .writedown.begin: begin;
    lowest: begin div .writedown.segmentSize;
    segments: $[end>begin; lowest+til 1+((end-1) div .writedown.segmentSize)-lowest; ()];
    .writedown.readSegment[name;end] each segments;
    .writedown.sortTable each .writedown.filled;
    .writedown.setEmpty[name] each .writedown.known except .writedown.filled;
    .writedown.splayed[`highwater] set enlist `firstIndex`lastIndex!(begin;end);
    .writedown.putAside[name;partition];
    system "sync -f '",.writedown.folder[`writing],"'";
    / Never into a partition that is there already, as mv without -T would.
    system "mv -T '",.writedown.folder[`writing],"' '",.writedown.folder[name],"/",string[partition],"'";
    system "sync -f '",.writedown.folder[name],"'";
    .writedown.told[name]: 0b; };

.writedown.putAside:{[name;partition]
    if[(not name=`db) or not count .writedown.failed; :()];
    file: .writedown.path (.writedown.folder `failed; string partition);
    file set .writedown.failed;
    .writedown.say[`failed; string[count .writedown.failed]," updates are in no table, but in ",1_string file]; };

/ ---- what is due ----

/ A log that began anew, or was put back, gives indices out again: what is on disk is not of it, and no RDB may go by
/ it.
.writedown.isOfLog:{[]
    names: key hsym `$.writedown.logs;
    segments: "J"$7_/:string names where names like "updates[0-9]*";
    newest: (.writedown.reached[]-1) div .writedown.segmentSize;
    (.writedown.written[] in 0,.writedown.from,.writedown.days`lastIndex) and newest<=max segments };

.writedown.check:{[]
    if[.writedown.isOfLog[]; :()];
    if[not ()~key .writedown.persistedFile; hdel .writedown.persistedFile];
    '"the database has update ",string[.writedown.reached[]]," of another log: nothing is persisted any more" };

/ The first day that has ended and is not written: all of it. One that was ended by hand may go on: it ends with its
/ date.
.writedown.writeDay:{[]
    days: .writedown.days;
    written: .writedown.written[];
    due: where (days[`date]<last days`date) and days[`lastIndex]>written;
    if[not count due; :0b];
    ended: days[`date] first due;
    if[(`$string ended) in .writedown.partitions `db; '"a second part of ",string[ended],", which is written already"];
    .writedown.write[`db; `$string ended; written; max days[`lastIndex] where days[`date]=ended];
    1b };

/ It is empty and stays, so that there is always a database to load.
.writedown.firstPart: `$"0";

/ Once all days that have ended are written: the windows that RDBs have closed since.
.writedown.writePart:{[]
    if[not count .writedown.readers`intraday; :()];
    begin: .writedown.reached[];
    closed: .writedown.windows`lastIndex;
    end: max begin,closed where not null closed;
    parts: .writedown.partitions `intraday;
    if[not count parts; .writedown.write[`intraday; .writedown.firstPart; begin; begin]];
    if[end>begin; .writedown.write[`intraday; `$string 1+max 0,"J"$string parts; begin; end]]; };

/ A part with updates of a day that is in the other database.
.writedown.dropParts:{[]
    parts: .writedown.partitions[`intraday] except .writedown.firstPart;
    if[not count parts; :()];
    done: parts where .writedown.written[]>.writedown.noted[`intraday;"firstIndex"] each parts;
    .writedown.dropPart each done; };
.writedown.dropPart:{[part]
    system "rm -rf '",.writedown.folder[`writing],"'";
    system "mv -T '",.writedown.folder[`intraday],"/",string[part],"' '",.writedown.folder[`writing],"'";
    .writedown.told[`intraday]: 0b; };

/ ---- who loads it ----

/ With a password of the file, unless the address has one. One that is refused is followed by the next.
.writedown.dials: 0;
.writedown.dial:{[address]
    given: enlist "";
    if[(count .writedown.passwordFile) and 2>sum ":"=address;
        given: ":highwater:",/:read0 hsym `$.writedown.passwordFile];
    chosen: given .writedown.dials mod count given;
    .writedown.dials+: 1;
    opened: hopen (`$":",address,chosen; 5000);
    .writedown.dials-: 1;
    opened };

/ Loaded is what the other q says that it has.
.writedown.load:{[partitions;address]
    connection: .writedown.dial address;
    ask: {[connection] connection .writedown.reloading; connection ".Q.pv"};
    found: @[ask; connection; {[opened;failure] hclose opened; 'failure}[connection]];
    hclose connection;
    missing: partitions except `$string found;
    if[count missing; '"not loaded by ",address,": ",string last missing]; };

.writedown.tell:{[name]
    partitions: .writedown.partitions name;
    if[.writedown.told[name] or not count partitions; :()];
    .writedown.load[partitions] each .writedown.readers name;
    .writedown.told[name]: 1b; };

/ ---- what RDBs go by ----

/ In this order: the parts of a day go when the day is there, and RDBs hear of what can be asked for elsewhere.
.writedown.publish:{[]
    .writedown.tell `db;
    .writedown.dropParts[];
    .writedown.tell `intraday;
    before: .writedown.persisted[];
    reached: .writedown.reached[];
    if[reached<before; '"only ",string[reached]," is on disk, and RDBs were told of ",string before];
    if[reached>before; .writedown.persist reached]; };

/ Renamed into place: who reads it finds the old index or the new one.
.writedown.persist:{[index]
    path: 1_string .writedown.persistedFile;
    (hsym `$path,".new") set index;
    system "sync -f '",.writedown.home,"'";
    system "mv -f '",path,".new' '",path,"'"; };

/ ---- the timer ----

/ Windows first: one that ends after a day was closed after it, and then the day's end is seen as well.
.writedown.look:{[]
    .writedown.windows: .writedown.stored "windows";
    .writedown.days: .writedown.stored "days";
    .writedown.check[];
    .writedown.looked: 1b; };

/ What fails would fail again, and may have read a day: it is tried again after a minute.
.writedown.writeNext:{[]
    .writedown.pause: 12;
    if[not .writedown.writeDay[]; .writedown.writePart[]];
    .writedown.pause: 0; };

.writedown.attempt:{[step]
    failure: @[{[step] value[step][]; ""}; step; {[failure] failure}];
    .writedown.reading: 0b;
    .writedown.say[step;failure]; };

.writedown.tick:{[]
    .writedown.looked: 0b;
    .writedown.attempt `.writedown.look;
    if[not .writedown.looked; :()];
    .writedown.pause: 0 | .writedown.pause-1;
    if[0=.writedown.pause; .writedown.attempt `.writedown.writeNext];
    .writedown.attempt `.writedown.publish; };

.z.ps:{[message] .writedown.heed message};
.z.pg:{[message] .writedown.heed message};
.z.ts:{[now] .writedown.tick[]};
{[folder] system "mkdir -p '",folder,"'"} each .writedown.folder each `db`intraday`failed;
system "t 5000";
