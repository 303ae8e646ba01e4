"""CloudWatch's evaluation of the memory alarm that the cluster's stack has."""
