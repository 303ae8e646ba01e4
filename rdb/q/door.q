/ door.q: who may connect to a q. The services of a cluster's hosts start q with it, a script and a port:
/     q door.q /mnt/code/kx/rdb.q 5001
/ HIGHWATER_Q_PASSWORDS names the file with the passwords of the user highwater, a line each, the newest first. It is
/ read at each connection, so that a new password needs no restart. Others enter if the script defines .z.pw for them.

.door.file: getenv `HIGHWATER_Q_PASSWORDS;
.door.say:{[text] -2 string[.z.p]," door: ",text;};
.door.end:{[text] .door.say text; exit 1; };

.door.nobody:{[user;password] 0b};
.door.refuse:{[request] '"access"};

/ HTTP and qcon run what they are sent, and not every q asks .z.pw about them. Older ones don't know .z.pq.
.door.shut:{[]
    .z.pw: .door.nobody;
    .z.ph: .z.pp: .door.refuse;
    @[value; ".z.pq: .door.refuse"; {[failure] failure}]; };

.door.isPassword:{[password]
    lines: read0 hsym `$.door.file;
    (0<count password) and any password ~/: lines };

/ A file that cannot be read lets nobody in.
.door.mayEnter:{[others;user;password]
    if[not user=`highwater; :others[user;password]];
    @[.door.isPassword; password; {[failure] .door.say "cannot read the passwords: ",failure; 0b}] };

.door.open:{[port]
    .z.pw: .door.mayEnter[.z.pw];
    system "p ",port; };

.door.load:{[script] system "l ",script;};

if[not count .door.file; .door.end "HIGHWATER_Q_PASSWORDS is not set"];
if[not 2=count .z.x; .door.end "start it as: q door.q SCRIPT PORT"];
.door.shut[];
/ A q that has loaded half of its script must not listen: it would never work, and its own walls may not stand.
@[.door.load; .z.x 0; {[failure] .door.end "cannot load ",(.z.x 0),": ",failure}];
.door.open .z.x 1;
