import re
from datetime import UTC, datetime
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from cluster_admin.models import Change
from tests.cluster_admin.fake_api import deployment, node, pod, write_kubeconfig

OVERVIEW, LIVE = "/ops/", "/ops/live/"
FORM = "/ops/scale/scoring-faq/"
SCALE = "/apis/apps/v1/namespaces/scoring/deployments/scoring-faq/scale"


def words(answer):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def hidden(answer):
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', answer.content.decode().split("<pre")[1]))


def confirm(browser, replicas=3):
    answer = browser.get(FORM, {"replicas": replicas})
    assert answer.status_code == 200
    return hidden(answer)


def test_the_overview_shows_everything_and_nothing_wrong(operator, fake_cluster):
    shown = words(operator.get(OVERVIEW))
    for part in ("Nothing is wrong.", "scoring-faq", "1/1 ready", "cpu-0", "0.25 / 2", "scoring-faq-abc-1", "fake"):
        assert part in shown


def test_the_practice_cluster_is_always_named(operator, fake_cluster, settings):
    settings.CLUSTER = "practice"
    for page in (OVERVIEW, FORM, "/ops/changes/", "/ops/pods/scoring-faq-abc-1/"):
        assert "practice cluster" in words(operator.get(page))


def test_a_kubeconfig_is_named_by_its_context_on_every_page_also_while_it_is_away(operator, fake_cluster, api):
    for page in (OVERVIEW, FORM, "/ops/changes/", "/ops/pods/none/"):
        assert "fake namespace scoring" in words(operator.get(page))
    api.faults["/api/v1/pods"] = api.faults["/api/v1/namespaces/scoring/pods"] = "close"
    assert "fake namespace scoring" in words(operator.get(OVERVIEW))


@pytest.mark.parametrize("content", [None, "", "{{{", "[]", "clusters: 1", "kind: Config"])
def test_a_kubeconfig_that_cannot_be_used_is_said_not_taken_for_a_silent_cluster(operator, tmp_path, settings, content):
    settings.CLUSTER, settings.KUBECONFIG, settings.KUBE_CONTEXT = "kubeconfig", tmp_path / "config", ""
    if content is not None:
        settings.KUBECONFIG.write_text(content)
    for page in (OVERVIEW, FORM, "/ops/pods/p/"):
        answer = operator.get(page)
        assert (answer.status_code, "There is no usable configuration for the cluster." in words(answer)) == (503, True)
        assert "check SCOREDECK_CLUSTER" in words(answer)


def test_numbers_are_written_in_the_readers_language(operator, fake_cluster):
    assert "0,25 / 2" in words(operator.get(OVERVIEW, headers={"accept-language": "es"}))


def test_problems_come_first_with_a_suggestion(operator, fake_cluster, api):
    api.objects["deployments"].append(deployment("scoring-images", 0))
    shown = words(operator.get(OVERVIEW))
    assert "scoring-images has no replicas: it answers nothing." in shown
    assert shown.index("answers nothing") < shown.index("Services")


def test_nodes_that_may_not_be_read_do_not_blank_the_page(operator, fake_cluster, api):
    api.faults["/api/v1/nodes"] = 403
    shown = words(operator.get(OVERVIEW))
    assert "This part cannot be shown." in shown
    assert "scoring-faq-abc-1" in shown


@pytest.mark.parametrize("fault", ["close", "garbage", 403, 500])
def test_a_cluster_in_trouble_is_never_a_500(operator, fake_cluster, api, fault):
    for path in ("/api/v1/nodes", "/api/v1/pods", SCALE, "/api/v1/namespaces/scoring/pods"):
        api.faults[path] = fault
    api.faults["/api/v1/namespaces/scoring/pods/scoring-faq-abc-1"] = fault
    for page in (OVERVIEW, LIVE, FORM, f"{FORM}?replicas=3", "/ops/pods/scoring-faq-abc-1/", "/ops/changes/"):
        assert operator.get(page).status_code in (200, 403, 503)


def test_a_cluster_that_is_away_leaves_the_record_readable(operator, tmp_path, settings):
    settings.CLUSTER = "practice"
    settings.KUBECONFIG = write_kubeconfig(tmp_path / "config", "http://127.0.0.1:9")
    answer = operator.get(OVERVIEW)
    assert answer.status_code == 503
    assert "The cluster does not answer." in words(answer)
    assert "Recent changes" in words(answer)
    live = operator.get(LIVE)
    assert (live.status_code, live["HX-Retarget"]) == (200, "#stale")


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("-1", "The smallest number is 0."),
        ("1000000", "The largest number is 100."),
        ("abc", "Type a whole number"),
        ("1.5", "Type a whole number"),
        ("", "Type a number"),
        ("1", "that many replicas already"),
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_wrong_number_is_said_beside_the_field(operator, fake_cluster, api, typed, message, method):
    answer = getattr(operator, method)(FORM, {"replicas": typed})
    assert answer.status_code == 422
    assert message in words(answer)
    assert (api.patches(), Change.objects.count()) == ([], 0)


def test_the_confirmation_says_what_will_happen_and_changes_nothing(operator, fake_cluster, api):
    answer = operator.get(FORM, {"replicas": 3})
    shown = words(answer)
    for part in ("2 pods start.", "0.5 CPU, 1 GiB", "Scale scoring-faq to 3", "--current-replicas=1 --replicas=3"):
        assert part in shown
    assert hidden(answer)["resource_version"] == "100"
    assert (api.patches(), Change.objects.count()) == ([], 0)


def test_the_confirmation_says_whether_the_new_pods_fit(operator, fake_cluster, api):
    api.objects["nodes"] = [node("cpu-0", memory="8Gi"), node("cpu-1", cpu="500m")]
    shown = words(operator.get(FORM, {"replicas": 12}))
    assert "9 fit on cpu-0 (7), cpu-1 (2)." in shown
    assert "2 would stay pending: too little CPU is free. 0/2 nodes are available: 2 Insufficient cpu." in shown
    assert "would stay pending" not in words(operator.get(FORM, {"replicas": 2}))


def test_the_confirmation_says_which_pods_come_first(operator, fake_cluster, api):
    api.objects["nodes"] = [node("cpu-0", cpu="500m")]
    api.objects["pods"] += [pod("waits-1", node="", phase="Pending"), pod("waits-2", node="", phase="Pending")]
    shown = words(operator.get(FORM, {"replicas": 3}))
    assert "2 would stay pending" in shown
    assert "1 pod waits for a place already." in shown


@pytest.mark.parametrize("part", ["/api/v1/nodes", "/api/v1/pods"])
def test_the_confirmation_forecasts_nothing_that_it_cannot_see(operator, fake_cluster, api, part):
    api.faults[part] = 403
    shown = words(operator.get(FORM, {"replicas": 3}))
    assert "Whether they fit cannot be told" in shown
    assert "fit on" not in shown


def test_probes_of_a_pod_that_merely_starts_are_left_out_of_the_events(operator, fake_cluster, api):
    began = {"running": {"startedAt": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}}
    starting = pod("scoring-faq-abc-2", containerStatuses=[{"ready": False, "state": began}])
    api.objects["pods"].append(starting)
    about = {"involvedObject": {"kind": "Pod", "name": "scoring-faq-abc-2"}, "type": "Warning", "reason": "Unhealthy"}
    api.objects["events"] = [about | {"message": "Startup probe failed: refused"}, about | {"message": "Other words"}]
    for page in (OVERVIEW, "/ops/pods/scoring-faq-abc-2/"):
        shown = words(operator.get(page))
        assert ("Startup probe failed" in shown, "Other words" in shown) == (False, True)
        assert "1 notice of a probe that failed while its pod was merely starting is left out." in shown
    starting["status"]["containerStatuses"][0]["state"]["running"]["startedAt"] = "2026-11-24T00:00:00Z"
    shown = words(operator.get(OVERVIEW))
    assert "Still not ready, though its start may take 60 s at most. Startup probe failed: refused" in shown
    assert "left out" not in shown


def test_scaling_to_zero_says_that_nothing_answers_and_which_pod_stops(operator, fake_cluster):
    shown = words(operator.get(FORM, {"replicas": 0}))
    assert "With 0 replicas scoring-faq answers nothing." in shown
    assert "scoring-faq-abc-1" in shown


def test_what_scaling_down_frees_is_what_the_pods_hold_on_nodes(operator, fake_cluster, api):
    api.set_replicas("scoring-faq", 3)
    api.objects["pods"] += [pod("scoring-faq-abc-2"), pod("waits", node="", phase="Pending")]
    assert "That frees 0.25 CPU, 0.5 GiB memory." in words(operator.get(FORM, {"replicas": 1}))
    assert "That frees" not in words(operator.get(FORM, {"replicas": 2}))


def test_a_confirmed_scale_is_followed_until_it_is_done(operator, fake_cluster, api):
    answer = operator.post(FORM, confirm(operator))
    change = Change.objects.get()
    assert (answer.status_code, answer.url) == (302, reverse("ops:change", args=[change.pk]))
    assert "under way" in words(operator.get(answer.url))
    assert operator.get(f"{answer.url}live/").status_code == 200
    api.finish("scoring-faq")
    ended = operator.get(f"{answer.url}live/")
    assert (ended.status_code, "3/3 ready" in words(ended)) == (286, True)
    assert "operator" in words(operator.get("/ops/changes/"))


def test_a_double_submit_is_one_change(operator, fake_cluster, api):
    form = confirm(operator)
    first, second = operator.post(FORM, form), operator.post(FORM, form)
    assert first.url == second.url
    assert (len(api.patches()), Change.objects.count()) == (1, 1)


def test_a_number_changed_meanwhile_is_told_and_asked_again(operator, fake_cluster, api):
    form = confirm(operator)
    api.set_replicas("scoring-faq", 5)
    answer = operator.post(FORM, form)
    assert answer.status_code == 409
    assert "Someone changed it to 5 meanwhile." in words(answer)
    assert hidden(answer)["seen"] == "5"


@pytest.mark.parametrize(("fault", "status"), [(403, 403), (404, 404), (422, 503), ("garbage", 503)])
def test_a_refused_scale_says_so_and_is_recorded(operator, fake_cluster, api, fault, status):
    form = confirm(operator)
    api.faults[f"PATCH {SCALE}"] = fault
    answer = operator.post(FORM, form)
    assert answer.status_code == status
    assert "The attempt is recorded." in words(answer)
    assert Change.objects.get().outcome == "refused"


@pytest.mark.parametrize("field", ["seen", "resource_version", "request"])
def test_a_form_with_an_odd_hidden_part_is_confirmed_again(operator, fake_cluster, api, field):
    answer = operator.post(FORM, confirm(operator) | {field: "x" * 100})
    assert (answer.status_code, api.patches()) == (200, [])


def test_a_post_without_its_csrf_token_is_refused(people, fake_cluster, api):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(people["operator"])
    assert strict.post(FORM, {"replicas": 3}).status_code == 403
    assert api.requests == []


def test_a_pod_page_shows_facts_events_and_log(operator, fake_cluster, api):
    about = {"kind": "Pod", "name": "scoring-faq-abc-1"}
    api.objects["events"] = [{"involvedObject": about, "reason": "Started", "message": "began", "type": "Normal"}]
    shown = words(operator.get("/ops/pods/scoring-faq-abc-1/"))
    for part in ("Running", "cpu-0", "loaded ready", "Started", "began"):
        assert part in shown


def test_a_pod_without_a_log_and_a_pod_that_is_gone(operator, fake_cluster, api):
    api.objects["pods"].append(pod("scoring-faq-abc-2"))
    shown = words(operator.get("/ops/pods/scoring-faq-abc-2/"))
    assert "The log cannot be read." in shown
    assert "404 log not found" in shown
    assert operator.get("/ops/pods/gone/").status_code == 404
    assert operator.get("/ops/scale/gone/").status_code == 404


def test_texts_of_the_cluster_are_escaped(operator, fake_cluster, api):
    api.objects["events"] = [{"reason": "<script>", "message": "<img src=x>", "involvedObject": {"name": "<b>"}}]
    api.logs["scoring-faq-abc-1"] = "</code><script>"
    for page in (OVERVIEW, "/ops/pods/scoring-faq-abc-1/"):
        content = operator.get(page).content.decode()
        assert "<img src=x>" not in content
        assert "<code><script>" not in content and "</code><script>" not in content


def test_changes_of_another_cluster_are_shown_but_not_followed(operator, fake_cluster, settings):
    operator.post(FORM, confirm(operator))
    settings.KUBE_NAMESPACE = "other"
    assert "another cluster or namespace" in words(operator.get(reverse("ops:change", args=[Change.objects.get().pk])))
