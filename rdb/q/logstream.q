/ logstream.q: hands out the log of a tickerplant that writes to its own disk, because a network file system is too
/ slow for it. A process of its own on the tickerplant's host, so that a replay never holds up the tickerplant:
/     q logstream.q -p 5002
/ RDBs find it by HIGHWATER_LOGSTREAM=host:5002. Each asks for one piece, and for the next when it has that one: so
/ nothing piles up for a slow RDB, and others are served between two pieces.

.logstream.logs: $[count getenv `HIGHWATER_LOGS; getenv `HIGHWATER_LOGS; "/mnt/highwater"];

/ What -11! has read of a segment.
.logstream.records: ();

/ What others may call here. While the log is read, -11! gives each record to .z.ps: then upd alone.
.logstream.words: enlist `.logstream.send;
.logstream.reading: 0b;
.logstream.heed:{[message]
    word: first message;
    allowed: $[.logstream.reading; enlist `upd; .logstream.words];
    if[not $[-11h=type word; word in allowed; 0b]; '"not among .logstream.words"];
    value message };
.z.pg:{[message] '"ask asynchronously"};
.z.ps:{[message] .logstream.heed message};

upd:{[tableName;rows] .logstream.records,: enlist (tableName;rows);};

/ The updates of (first, last] that are in the segment of the first one, in order. -11! takes the count first, and
/ reads from the top of a file: that is why the log is in segments. Fewer than asked for is no error: they come later.
.logstream.piece:{[window;segmentSize]
    segment: first[window] div segmentSize;
    start: segment*segmentSize;
    .logstream.records: ();
    .logstream.reading: 1b;
    -11!(segmentSize & last[window]-start; hsym `$.logstream.logs,"/updates",string segment);
    .logstream.reading: 0b;
    (first[window]-start) _ .logstream.records };

/ Called asynchronously; the answer is (`.highwater.streamed; first; records) or the error in words.
.logstream.send:{[window;segmentSize]
    failed: {[failure] (`.highwater.streamFailed; failure)};
    sent: {[window;segmentSize] (`.highwater.streamed; first window; .logstream.piece[window;segmentSize])};
    answer: .[sent; (window;segmentSize); failed];
    .logstream.reading: 0b;
    .logstream.records: ();
    neg[.z.w] answer; };
