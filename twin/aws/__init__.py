"""The embedded AWS: moto behind boto3's wire, with strict groups, alarms and deliveries."""
