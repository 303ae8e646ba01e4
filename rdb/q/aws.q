/ aws.q: the AWS functions of KX's whitepaper (J. Stapleton, 2020), corrected, for teams that script in q. Needs the
/ AWS CLI, and the rights of an operator: the role of an RDB host has none of them.
/ In a cluster of Highwater the control plane does this. scale competes with it: it raises too, and then there are
/ two hosts for one need. terminate goes around its gate: nothing looks whether the instance still holds data.

/ ---- shell ----

/ In single quotes nothing means anything to the shell, but a single quote does.
.util.sys.quoted:{[text]
    if["'" in text; '"a quote in ",text];
    "'",text,"'" };

/ (1b; lines of output) or (0b; what the command said of its failure)
.util.sys.runSafe:{[command]
    errors: "/tmp/highwater-aws-",string .z.i;
    failed: {[errors;failure] (0b; failure,": ","\n" sv read0 hsym `$errors)};
    @[{[line] (1b; system line)}; command," 2>",errors; failed[errors]] };

/ What may go away by itself. Anything else is final: asking again for what is forbidden or wrong changes nothing.
.util.sys.transient: ("*Throttling*"; "*RequestLimitExceeded*"; "*ServiceUnavailable*"; "*InternalFailure*";
    "*InternalError*"; "*Could not connect*"; "*timeout*"; "*timed out*"; "*Connection was closed*");

/ Seconds between tries: six tries, half a minute in all.
.util.sys.waits: 1 2 4 8 16;

.util.sys.runWithRetry:{[command]
    result: .util.sys.runSafe command;
    tries: 0;
    while[(not first result) and tries<count .util.sys.waits;
        if[not any last[result] like/: .util.sys.transient; 'last result];
        / Up to a second more, so that hosts which failed together do not come back together.
        system "sleep ",string .util.sys.waits[tries]+rand 1f;
        result: .util.sys.runSafe command;
        tries+: 1];
    if[not first result; 'last result];
    last result };

/ ---- the command lines ----

.util.aws.describeInstanceCommand:{[instanceId]
    "aws ec2 describe-instances --output json --instance-ids ",.util.sys.quoted instanceId };

.util.aws.describeGroupCommand:{[groupName]
    "aws autoscaling describe-auto-scaling-groups --output json --auto-scaling-group-names ",
        .util.sys.quoted groupName };

.util.aws.setDesiredCapacityCommand:{[groupName;number]
    "aws autoscaling set-desired-capacity --auto-scaling-group-name ",.util.sys.quoted[groupName],
        " --desired-capacity ",string number };

.util.aws.terminateCommand:{[instanceId]
    "aws autoscaling terminate-instance-in-auto-scaling-group --output json --instance-id ",
        .util.sys.quoted[instanceId]," --should-decrement-desired-capacity" };

/ IMDSv2: a token first. No route to it from anywhere but the instance itself.
.util.aws.metadataTokenCommand:{[]
    "curl -sSf -m 2 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token" };

.util.aws.instanceIdCommand:{[token]
    "curl -sSf -m 2 -H ",.util.sys.quoted["X-aws-ec2-metadata-token: ",token],
        " http://169.254.169.254/latest/meta-data/instance-id" };

/ ---- what the whitepaper calls ----

.util.aws.json:{[lines] .j.k "\n" sv lines};

.util.aws.getInstanceId:{[]
    token: first .util.sys.runWithRetry .util.aws.metadataTokenCommand[];
    first .util.sys.runWithRetry .util.aws.instanceIdCommand token };

/ The instance as a dictionary.
.util.aws.describeInstance:{[instanceId]
    found: .util.aws.json .util.sys.runWithRetry .util.aws.describeInstanceCommand instanceId;
    if[not count found`Reservations; 'instanceId," is not an instance"];
    first (first found`Reservations)`Instances };

.util.aws.getGroupName:{[instanceId]
    instance: .util.aws.describeInstance instanceId;
    outside: instanceId," is not in an autoscaling group";
    if[not `Tags in key instance; 'outside];
    tags: instance`Tags;
    ofGroup: where {[tag] tag[`Key]~"aws:autoscaling:groupName"} each tags;
    if[not count ofGroup; 'outside];
    tags[first ofGroup]`Value };

/ The group as a dictionary.
.util.aws.describeASG:{[groupName]
    found: .util.aws.json .util.sys.runWithRetry .util.aws.describeGroupCommand groupName;
    if[not count found`AutoScalingGroups; 'groupName," is not an autoscaling group"];
    first found`AutoScalingGroups };

.util.aws.getDesiredCapacity:{[groupName] "j"$.util.aws.describeASG[groupName]`DesiredCapacity};

/ Never lower: AWS would choose which instance goes. A host goes with terminate, by its name.
.util.aws.setDesiredCapacity:{[groupName;number]
    if[number<.util.aws.getDesiredCapacity groupName; '"DesiredCapacity is never lowered by number"];
    .util.sys.runWithRetry .util.aws.setDesiredCapacityCommand[groupName;number]; };

.util.aws.scale:{[groupName]
    .util.aws.setDesiredCapacity[groupName] 1+.util.aws.getDesiredCapacity groupName; };

/ The second argument must be `unguarded: whoever calls this has made sure that the instance holds nothing. It is
/ not tried again: an answer that is lost may belong to a call that took effect.
.util.aws.terminate:{[instanceId;confirmation]
    if[not confirmation~`unguarded; '"terminate goes around the control plane's gate: see docs/q.md"];
    result: .util.sys.runSafe .util.aws.terminateCommand instanceId;
    if[not first result; 'last result];
    .util.aws.json last result };
