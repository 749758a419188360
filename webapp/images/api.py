"""POST /api/v1/images/predictions"""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext_noop
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from scoring.contract.limits import DEFAULT_TOP, IMAGE_TYPES, MAX_TOP
from scoring.contract.problems import PROBLEM_TYPE, ProblemError
from scoring.contract.reading import ContractError
from webapp.api_parsers import PHOTO_PARSERS, StrictJSONParser
from webapp.api_schema import PROBLEMS, ProblemSchema, ReceiptSchema
from webapp.headers import request_id
from webapp.images.by_address import fetched
from webapp.images.photos import media_type
from webapp.images.remembering import classify
from webapp.images.web.addresses import LONGEST
from webapp.problems import problem

TOP = OpenApiParameter(
    "top",
    {"type": "integer", "minimum": 1, "maximum": MAX_TOP, "default": DEFAULT_TOP},
    description=gettext_noop("How many labels to return."),
)


@extend_schema_serializer(component_name="Upload")
class UploadSchema(serializers.Serializer[object]):
    image = serializers.FileField()


@extend_schema_serializer(component_name="PhotoAddress")
class PhotoAddressSchema(serializers.Serializer[object]):
    url = serializers.CharField(
        max_length=LONGEST, help_text=gettext_noop("Of a photo on the web, which the site fetches.")
    )


TOO_MANY = {
    (429, PROBLEM_TYPE): OpenApiResponse(ProblemSchema, gettext_noop("Too many photos were fetched. See Retry-After."))
}


@extend_schema_serializer(component_name="Prediction")
class PredictionSchema(serializers.Serializer[object]):
    id = serializers.CharField(help_text=gettext_noop("WordNet id of the class."))
    label = serializers.CharField()  # type: ignore[assignment]
    score = serializers.FloatField(min_value=0, max_value=1)


@extend_schema_serializer(component_name="Evidence")
class EvidenceSchema(serializers.Serializer[object]):
    rule = serializers.CharField()
    score = serializers.FloatField()
    threshold = serializers.FloatField(help_text=gettext_noop("The photo is known from this score on."))


@extend_schema_serializer(component_name="Crop")
class CropSchema(serializers.Serializer[object]):
    """In pixels of the upright photo."""

    left = serializers.IntegerField(min_value=0)
    top = serializers.IntegerField(min_value=0)
    width = serializers.IntegerField(min_value=1)
    height = serializers.IntegerField(min_value=1)


@extend_schema_serializer(component_name="Predictions")
class PredictionsSchema(serializers.Serializer[object]):
    predictions = PredictionSchema(many=True, help_text=gettext_noop("Best first."))
    width = serializers.IntegerField(min_value=1, help_text=gettext_noop("Of the upright photo, in pixels."))
    height = serializers.IntegerField(min_value=1)
    known = serializers.BooleanField(
        required=False, help_text=gettext_noop("False: probably none of the model's classes.")
    )
    evidence = EvidenceSchema(required=False, help_text=gettext_noop("By what rule `known` was decided."))
    confidence = serializers.FloatField(
        min_value=0,
        max_value=1,
        required=False,
        help_text=gettext_noop("How often the best label is right at scores like these."),
    )
    crop = CropSchema(required=False, help_text=gettext_noop("The part of the photo that the model saw."))
    receipt = ReceiptSchema()
    site_ms = serializers.FloatField(
        min_value=0, help_text=gettext_noop("The site's own work and the network, in milliseconds.")
    )


class ImagePredictions(APIView):
    """What a photo shows."""

    parser_classes = [*PHOTO_PARSERS, MultiPartParser]

    def get_parsers(self) -> list[BaseParser]:
        """JSON too, where photos may be fetched by their address."""
        return [*super().get_parsers(), *([] if settings.PHOTO_WEB is None else [StrictJSONParser()])]

    @extend_schema(  # type: ignore[untyped-decorator]
        operation_id="classify_photo",
        tags=["Images"],
        summary=gettext_noop("What a photo shows"),
        parameters=[TOP],
        request={
            **dict.fromkeys(IMAGE_TYPES, OpenApiTypes.BINARY),
            "multipart/form-data": UploadSchema,
            "application/json": PhotoAddressSchema,
        },
        responses=PROBLEMS
        | TOO_MANY
        | {200: OpenApiResponse(PredictionsSchema, gettext_noop("The likeliest labels."))},
    )
    def post(self, request: Request) -> Response:
        top = _top(request)
        photo = _photo(request)
        fresh = "no-cache" in request.headers.get("Cache-Control", "")
        found = classify(photo, media_type(photo), top, request_id(request), fresh=fresh)
        headers = {} if found.age_s is None else {"Cache-Status": "scoredeck; hit", "Age": str(found.age_s)}
        return Response({**found.timed.answer.to_json(), "site_ms": found.timed.site_ms}, headers=headers)


def _top(request: Request) -> int:
    _only(request.query_params, "top")
    given = request.query_params.get("top", str(DEFAULT_TOP))
    if not (given.isascii() and given.isdigit() and len(given) < 4 and 1 <= int(given) <= MAX_TOP):
        raise ContractError("not-in-range", f"This must be a whole number from 1 to {MAX_TOP}.", "top")
    return int(given)


def _photo(request: Request) -> bytes:
    """The raw body, or the one file of a form. Raises ProblemError and ContractError."""
    if isinstance(request.data, bytes):
        return request.data
    if settings.PHOTO_WEB is not None and not isinstance(request.data, QueryDict):
        return fetched(request, request.data, settings.PHOTO_WEB)
    _only(request.data, "image")
    uploads = request.FILES.getlist("image")
    if len(uploads) != 1:
        detail = "Send one photo: as the body, or as the file `image` of a form."
        raise ProblemError(problem(HTTPStatus.UNPROCESSABLE_ENTITY, "image-missing", detail, "image"))
    return bytes(uploads[0].read())


def _only(given: object, known: str) -> None:
    for key in given:  # type: ignore[attr-defined]
        if key != known:
            raise ContractError("unknown-field", f"Unknown field; known are: {known}.", str(key)[:100])


def leave_out_addresses(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Hook of the schema: what this installation does not do is not in it."""
    described = result["paths"].get("/api/v1/images/predictions", {}).get("post")
    if described and settings.PHOTO_WEB is None:
        del described["requestBody"]["content"]["application/json"]
        del described["responses"]["429"]
        del result["components"]["schemas"]["PhotoAddressRequest"]
    return result
