"""List prices in USD of us-east-1, on demand and without free tiers, as known in November 2026.

AWS's own price lists were not read. A comment names the list that decides, and a page that says the
same, if one was found. Where no page is named, nothing was compared. The lists are public:
https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/LIST/current/us-east-1/index.json
"""

AS_OF = "November 2026"

# AWSLambda. https://docs.aws.amazon.com/whitepapers/latest/how-aws-pricing-works/lambda.html, rounded there.
LAMBDA_CALL, LAMBDA_GB_SECOND = 0.20e-6, 0.0000166667
# AWSQueueService, of a FIFO queue. No page was compared.
SQS_CALL = 0.50e-6
# AmazonSNS. No page was compared.
SNS_MESSAGE = 0.50e-6
# AWSXRay. No page was compared.
XRAY_TRACE = 5e-6
# awskms; a key is by the month. No page was compared.
KMS_CALL, KMS_KEY = 3e-6, 1.00
# AWSSecretsManager; a secret is by the month. No page was compared.
SECRET, SECRET_CALL = 0.40, 5e-6
# AmazonDynamoDB; a write of 1 KB, twice that in a transaction, and a read of 4 KB.
# https://airbyte.com/data-engineering-resources/dynamodb-pricing, July 2025.
TABLE_WRITE, TABLE_READ = 0.625e-6, 0.125e-6
# AmazonCloudWatch; metric, alarm and dashboard are by the month.
# Metric: https://signoz.io/guides/cloudwatch-pricing, February 2026. Logs and dashboard:
# https://www.factualminds.com/blog/amazon-cloudwatch-pricing-metrics-logs-alarms-dashboards/, June 2026.
METRIC, DASHBOARD, LOG_BYTE = 0.30, 3.00, 0.50e-9
# AmazonCloudWatch. No page was compared.
ALARM, METRIC_PUT, METRIC_ASKED, FREE_DASHBOARDS = 0.10, 10e-6, 10e-6, 3
# AmazonEFS, of 1 GB: written once and read once, and kept for a month.
# https://www.factualminds.com/blog/amazon-efs-pricing-throughput-modes-storage-classes/, June 2026.
FILES_MOVED, FILES_KEPT = 0.06 + 0.03, 0.30
# AWSBackup, of 1 GB of EFS by the month. No page was compared.
BACKUP_KEPT = 0.05
# AmazonEC2, of 1 GB of EBS gp3 by the month. No page was compared.
VOLUME = 0.08
# AmazonEC2, of an hour of one vCPU above the baseline of T3 and T3a, for Linux. No page was compared.
SURPLUS_CPU = 0.05
