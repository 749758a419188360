"""The field for an address: what is said beside it, and how often and how much is fetched."""

import logging
from threading import Thread
from time import monotonic

from tests.webapp.photo_addresses.by_address import alert, ask, new_visitor
from tests.webapp.test_image_page import alert as photo_alert
from webapp.images.by_address import THROTTLE
from webapp.images.web import fetching


def test_what_the_scorer_refuses_is_said_beside_the_address(client, site, images):
    problem = {"type": "x", "title": "No", "status": 422, "detail": "No.", "code": "image-truncated"}
    images.answers(problem, 422)
    response = ask(client, site.at("/photo.jpg"))
    said = "The end of this photo is missing. Save or send it again, then try once more."
    assert (response.status_code, alert(response), photo_alert(response)) == (422, said, "")


def test_a_visitor_has_thirty_photos_fetched_in_ten_minutes(client, site):
    answers = [ask(client, site.at("/nothing.jpg")) for _ in range(THROTTLE.most + 1)]
    assert [answer.status_code for answer in answers] == [422] * THROTTLE.most + [429]
    said = "Many photos were fetched for you. Wait ten minutes, or save the photo and choose the file."
    assert (alert(answers[-1]), answers[-1]["Retry-After"], len(site.asked)) == (said, "600", THROTTLE.most)


def test_no_more_than_eight_are_fetched_at_once(site, settings):
    settings.PHOTO_WEB = site.policy(seconds=20.0)
    waiting = [Thread(target=ask, args=(new_visitor(), site.at("/silent"))) for _ in range(fetching.MOST_AT_ONCE)]
    for one in waiting:
        one.start()
    until = monotonic() + 15
    while len(site.asked) < fetching.MOST_AT_ONCE and monotonic() < until:
        site.over.wait(0.01)
    response = ask(new_visitor(), site.at("/photo.jpg"))
    site.over.set()
    for one in waiting:
        one.join(15)
    said = "Too many photos are being fetched at the moment. Please try again in a few seconds."
    assert (response.status_code, alert(response), len(site.asked)) == (503, said, fetching.MOST_AT_ONCE)


def test_the_query_of_an_address_is_in_no_log(client, site, images, caplog):
    with caplog.at_level(logging.DEBUG):
        ask(client, site.at("/photo.jpg?key=canary-1"))
        ask(client, site.at("/moved?to=/nothing.jpg?key=canary-2"))
    assert len(site.asked) == 3 and "canary" not in caplog.text


def test_the_address_that_was_refused_stands_in_its_field_again(client, site):
    page = ask(client, "http://127.0.0.1/?a=1&b=<2>").text
    assert 'value="http://127.0.0.1/?a=1&amp;b=&lt;2&gt;"' in page


def test_without_the_setting_the_page_has_no_such_field(client, site, settings, images):
    settings.PHOTO_WEB = None
    assert 'name="address"' not in client.get("/images/").text
    response = ask(client, site.at("/photo.jpg"))
    assert (response.status_code, photo_alert(response), site.asked) == (422, "Choose a photo first.", [])


def test_by_default_no_address_is_fetched(settings):
    assert settings.PHOTO_WEB is None


def test_an_explanation_fetches_nothing(client, site):
    response = client.post("/images/explanation", {"address": site.at("/photo.jpg"), "where": "n02123045"})
    assert (response.status_code, site.asked) == (422, [])
