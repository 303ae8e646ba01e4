"""The tests that an emulator fails because it differs from AWS, each with who is right and why.

Nothing that is missing is patched. A test of this list that passes fails, and so does one that fails without
being on it. docs/assumptions.md shows the same sentences.
"""

# By file and name of the test.
LACKS = {
    "test_dynamodb.py::test_a_refusal_writes_nothing[ministack-a filter on a key]": (
        "MiniStack answers a query that filters on a key. DynamoDB refuses it (Developer Guide, Filter "
        "expressions for the Query operation)."
    ),
    "test_dynamodb.py::test_a_refusal_writes_nothing[ministack-an update of one path twice]": (
        "MiniStack answers an update of overlapping paths. DynamoDB refuses it (API reference, UpdateItem)."
    ),
    "test_dynamodb.py::test_a_refusal_writes_nothing[twin-an item that an update makes larger than 400 KB]": (
        "moto refuses too large an update, but leaves the item that it began. DynamoDB writes nothing "
        "(API reference, UpdateItem). Nothing here calls UpdateItem."
    ),
    "test_queue.py::test_what_a_fifo_queue_refuses_is_refused[ministack-a group of 129 characters]": (
        "MiniStack takes a MessageGroupId of any length. SQS takes 128 characters (API reference, "
        "SendMessage)."
    ),
    "test_queue.py::test_what_a_fifo_queue_refuses_is_refused[ministack-a fact of 129 characters]": (
        "MiniStack takes a MessageDeduplicationId of any length. SQS takes 128 characters (API reference, "
        "SendMessage)."
    ),
    "test_reporter.py::test_the_check_finds_that_the_role_may_publish_the_memory": (
        "MiniStack does not know the condition key cloudwatch:namespace and refuses PutMetricData under "
        "it. CloudWatch has it (Service Authorization Reference)."
    ),
    "test_lacking.py::test_groups_are_filtered_by_a_tag": (
        "MiniStack ignores the filters of DescribeAutoScalingGroups. EC2 Auto Scaling has them (API "
        "reference)."
    ),
    "test_lacking.py::test_a_process_is_suspended": ("MiniStack has no SuspendProcesses."),
    "test_lacking.py::test_an_instance_is_protected_from_scale_in": (
        "MiniStack has no SetInstanceProtection."
    ),
    "test_lacking.py::test_exactly_the_named_instance_is_terminated": (
        "MiniStack has no TerminateInstanceInAutoScalingGroup."
    ),
    "test_lacking.py::test_a_tag_of_a_group_decides_who_may_act_on_it": (
        "MiniStack does not fill aws:ResourceTag for a group. EC2 Auto Scaling does (Service "
        "Authorization Reference)."
    ),
    "test_lacking.py::test_an_alarm_may_watch_an_expression": (
        "MiniStack cannot create an alarm with Metrics from a template: the stack is created without "
        "ErrorsAlarm and ThrottlesAlarm."
    ),
    "test_lacking.py::test_the_principal_arn_of_a_roles_session_is_the_role": (
        "MiniStack fills aws:PrincipalArn with the session's ARN. AWS fills it with the role's (IAM User "
        "Guide, global condition keys): the stack is created without WakeUpsPolicy."
    ),
    "test_lacking.py::test_who_may_send_a_message_may_send_a_batch": (
        "MiniStack asks for sqs:SendMessageBatch, an action that AWS does not have (Service Authorization "
        "Reference): the stack allows it beside sqs:SendMessage."
    ),
    "test_lacking.py::test_the_partition_of_an_item_decides_who_may_write_it": (
        "MiniStack does not know the condition key dynamodb:LeadingKeys and refuses PutItem under it. "
        "DynamoDB has it (Service Authorization Reference): the stack allows PutItem without it."
    ),
    "test_lacking.py::test_the_alarms_that_are_named_may_be_deleted_and_described": (
        "MiniStack asks for DescribeAlarms and DeleteAlarms on all resources. CloudWatch asks for them on "
        "the alarms that are named (Service Authorization Reference)."
    ),
    "test_lacking.py::test_a_message_of_a_topic_comes_to_a_function_with_its_subject": (
        "MiniStack leaves Subject and MessageAttributes out of a topic's record if the message has none. "
        "AWS sends both (Lambda Developer Guide, Amazon SNS): the tests hand reports to the function "
        "themselves."
    ),
    "test_lacking.py::test_the_metadata_service_hands_out_the_credentials_of_a_role": (
        "MiniStack has a metadata service whose credentials belong to no role: the tests assume a role of "
        "the same name."
    ),
    "test_lacking.py::test_a_state_that_is_set_is_an_event": (
        "MiniStack sends no event when an alarm's state is set. CloudWatch does (User Guide, Alarm events "
        "and EventBridge)."
    ),
}
