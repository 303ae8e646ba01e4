"""List prices in USD, us-east-1, on demand, without any free tier.

From memory of the pages named below, as of November 2026; none was fetched for this. Verify each there before
anything depends on it.
"""

DAYS_A_MONTH = 30.4
HOURS_A_MONTH = 24 * DAYS_A_MONTH

# https://aws.amazon.com/lambda/pricing/ (x86, first tier)
LAMBDA_REQUEST = 0.20 / 1e6
LAMBDA_GB_SECOND = 0.0000166667

# https://aws.amazon.com/sqs/pricing/ (FIFO; a request is one API call of up to 64 KB)
SQS_FIFO_REQUEST = 0.50 / 1e6

# https://aws.amazon.com/sns/pricing/ (standard topic; deliveries to Lambda are free)
SNS_PUBLISH = 0.50 / 1e6

# https://aws.amazon.com/dynamodb/pricing/on-demand/ (standard tables; a unit is 1 KB written or 4 KB read
# strongly consistent, and a transaction writes each KB twice)
DYNAMODB_WRITE_UNIT = 0.625 / 1e6
DYNAMODB_READ_UNIT = 0.125 / 1e6
DYNAMODB_GB_MONTH = 0.25
DYNAMODB_PITR_GB_MONTH = 0.20

# https://aws.amazon.com/cloudwatch/pricing/ (metrics: the first 10,000, prorated by the hour in which one is
# published; a Metrics Insights alarm costs as much for each metric that its query analyses)
METRIC_MONTH = 0.30
METRIC_HOUR = METRIC_MONTH / HOURS_A_MONTH
PUT_METRIC_DATA = 0.01 / 1000
METRIC_ASKED = 0.01 / 1000
ALARM_MONTH = 0.10
ALARM_HOUR = ALARM_MONTH / HOURS_A_MONTH
DASHBOARD_MONTH = 3.00
FREE_DASHBOARDS = 3
LOGS_GB = 0.50
LOGS_GB_MONTH = 0.03  # of compressed logs
LOGS_COMPRESSED = 0.15  # the share that AWS's own examples calculate with

# https://aws.amazon.com/xray/pricing/
XRAY_TRACE = 5.00 / 1e6

# https://aws.amazon.com/kms/pricing/
KMS_KEY_MONTH = 1.00
KMS_REQUEST = 0.03 / 10_000

# https://aws.amazon.com/api-gateway/pricing/ (REST API, first tier)
API_REQUEST = 3.50 / 1e6

# https://aws.amazon.com/eventbridge/pricing/ (events of AWS services and rules on a schedule are free)
EVENT_OF_AWS = 0.0

# https://aws.amazon.com/efs/pricing/ (regional, Standard, elastic throughput) and
# https://aws.amazon.com/backup/pricing/ (EFS, warm)
EFS_GB_MONTH = 0.30
EFS_GB_READ = 0.03
EFS_GB_WRITTEN = 0.06
EFS_BACKUP_GB_MONTH = 0.05
EFS_BACKUP_DAYS = 35  # automatic backups are kept so long

# https://aws.amazon.com/ebs/pricing/ (gp3)
EBS_GB_MONTH = 0.08
