"""CloudWatch's evaluation of alarms."""
