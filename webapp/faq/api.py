"""POST /api/v1/faq/matches"""

from django.utils.translation import gettext_noop
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from scoring.contract.faq import Question
from scoring.contract.limits import DEFAULT_TOP, MAX_QUESTION_CHARACTERS, MAX_TOP
from webapp import clients
from webapp.api_schema import PROBLEMS, ReceiptSchema
from webapp.headers import request_id

ASKED = {"question": "why is this undefined in my callback", "top": 3}


@extend_schema_serializer(component_name="Question")
class QuestionSchema(serializers.Serializer[object]):
    question = serializers.CharField(min_length=1, max_length=MAX_QUESTION_CHARACTERS)
    top = serializers.IntegerField(
        required=False,
        default=DEFAULT_TOP,
        min_value=1,
        max_value=MAX_TOP,
        help_text=gettext_noop("How many entries to return."),
    )


@extend_schema_serializer(component_name="Word")
class WordSchema(serializers.Serializer[object]):
    text = serializers.CharField()
    weight = serializers.FloatField(min_value=0, max_value=1, help_text=gettext_noop("Its share of the score."))


@extend_schema_serializer(component_name="Match")
class MatchSchema(serializers.Serializer[object]):
    id = serializers.CharField()
    question = serializers.CharField(help_text=gettext_noop("Markdown, one line."))
    answer = serializers.CharField(help_text=gettext_noop("Markdown."))
    score = serializers.FloatField(
        min_value=0, max_value=1, help_text=gettext_noop("Probability that it answers the question.")
    )
    words = WordSchema(many=True, help_text=gettext_noop("The words of your question that decided."))


@extend_schema_serializer(component_name="Matches")
class MatchesSchema(serializers.Serializer[object]):
    matches = MatchSchema(many=True, help_text=gettext_noop("Best first."))
    answered = serializers.BooleanField(
        help_text=gettext_noop("False where even the best score lies under the threshold.")
    )
    threshold = serializers.FloatField(min_value=0, max_value=1)
    receipt = ReceiptSchema()
    site_ms = serializers.FloatField(
        min_value=0, help_text=gettext_noop("The site's own work and the network, in milliseconds.")
    )


class FaqMatches(APIView):
    """Which FAQ entries answer a question."""

    @extend_schema(  # type: ignore[untyped-decorator]
        operation_id="match_question",
        tags=["FAQ"],
        summary=gettext_noop("Which FAQ entries answer a question"),
        request=QuestionSchema,
        responses=PROBLEMS | {200: OpenApiResponse(MatchesSchema, gettext_noop("The entries that come nearest."))},
        examples=[OpenApiExample("A question", ASKED, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        timed = clients.ask(Question.from_json(request.data), request_id(request))
        return Response({**timed.answer.to_json(), "site_ms": timed.site_ms})
