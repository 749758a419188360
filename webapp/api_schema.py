"""What the API's documentation says of the parts that both endpoints share."""

from typing import Any

from django.utils.translation import gettext_noop
from drf_spectacular.utils import OpenApiResponse, extend_schema_serializer
from rest_framework import serializers

from scoring.contract.problems import PROBLEM_TYPE


@extend_schema_serializer(component_name="Receipt")
class ReceiptSchema(serializers.Serializer[object]):
    """Which model answered, which replica, and where the time went, in milliseconds."""

    model = serializers.CharField()
    version = serializers.CharField()
    replica = serializers.CharField(help_text=gettext_noop("The pod that answered."))
    queue_ms = serializers.FloatField(min_value=0)
    decode_ms = serializers.FloatField(min_value=0)
    compute_ms = serializers.FloatField(min_value=0)


@extend_schema_serializer(component_name="Problem")
class ProblemSchema(serializers.Serializer[object]):
    """RFC 9457. `code` stays the same for the same kind of problem; `field` names the input at fault."""

    type = serializers.CharField(help_text=gettext_noop("Always /problems/ and the code."))
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    field = serializers.CharField(required=False)


ERRORS = {
    400: gettext_noop("The body cannot be read: no JSON, no UTF-8."),
    406: gettext_noop("Another answer than application/json was asked for."),
    408: gettext_noop("The body took too long to arrive."),
    413: gettext_noop("The body is too large."),
    415: gettext_noop("The content type is not read here."),
    422: gettext_noop("The input reads well and cannot be used; the code says why."),
    500: gettext_noop("The site failed. The failure is in its log."),
    502: gettext_noop("The scorer gave an answer that cannot be used."),
    503: gettext_noop("The scorer cannot be reached or is busy. Retry-After says when to try again."),
    504: gettext_noop("The scorer did not answer in time."),
}
PROBLEMS: dict[Any, Any] = {
    (status, PROBLEM_TYPE): OpenApiResponse(ProblemSchema, description) for status, description in ERRORS.items()
}

# The documentation shows the docstrings of shapes; translators find them here.
DOCSTRINGS = (
    gettext_noop("In pixels of the upright photo."),
    gettext_noop("Which model answered, which replica, and where the time went, in milliseconds."),
    gettext_noop("RFC 9457. `code` stays the same for the same kind of problem; `field` names the input at fault."),
)
