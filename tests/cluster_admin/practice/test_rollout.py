import random

import pytest

from cluster_admin.practice.controllers.rollout import Bounds, Revision, bounds, next_sizes


def spec(replicas: int | None, **rolling):
    return {"replicas": replicas, "strategy": {"type": "RollingUpdate", "rollingUpdate": rolling}}


@pytest.mark.parametrize(
    ("deployment", "expected"),
    [
        (spec(4), Bounds(1, 1)),
        (spec(3), Bounds(1, 0)),
        (spec(10), Bounds(3, 2)),
        (spec(None), Bounds(1, 0)),
        (spec(0), Bounds(0, 0)),
        (spec(5, maxSurge=0, maxUnavailable=0), Bounds(0, 1)),
        (spec(5, maxSurge="0%", maxUnavailable="10%"), Bounds(0, 1)),
        (spec(5, maxSurge=2, maxUnavailable="100%"), Bounds(2, 5)),
        (spec(5, maxSurge=2, maxUnavailable=9), Bounds(2, 5)),
        ({"replicas": 3, "strategy": {"type": "Recreate"}}, Bounds(0, 3)),
        ({"replicas": 4}, Bounds(1, 1)),
    ],
)
def test_surge_is_rounded_up_and_unavailability_down(deployment: dict, expected: Bounds):
    assert bounds(deployment) == expected


def test_a_share_that_is_no_number_is_refused():
    with pytest.raises(ValueError, match="lots"):
        bounds(spec(3, maxSurge="lots"))


def test_unavailable_old_pods_go_first():
    old = [Revision("broken", 2, 0), Revision("fine", 3, 3)]
    assert next_sizes(4, Bounds(1, 1), Revision("new", 0, 0), old) == {"broken": 0}


def test_a_smaller_wish_shrinks_the_new_set_at_once():
    assert next_sizes(2, Bounds(1, 0), Revision("new", 5, 5), []) == {"new": 2}


def test_nothing_moves_while_the_new_pods_are_not_available():
    assert next_sizes(3, Bounds(1, 0), Revision("new", 1, 0), [Revision("old", 3, 3)]) == {}


@pytest.mark.parametrize("seed", range(40))
def test_every_rollout_ends_and_never_leaves_its_bounds(seed: int):
    chance = random.Random(seed)
    desired = chance.randint(1, 20)
    limits = bounds(
        spec(desired, maxSurge=chance.choice([0, 1, "25%", "100%"]), maxUnavailable=chance.choice([0, 1, "30%"]))
    )
    sizes = {"old": desired, "new": 0}
    available = dict(sizes)
    for _ in range(200):
        new, old = (Revision(name, sizes[name], available[name]) for name in ("new", "old"))
        sizes |= next_sizes(desired, limits, new, [old])
        available = {name: min(available[name], sizes[name]) for name in sizes}
        assert sum(sizes.values()) <= desired + limits.surge
        assert sum(available.values()) >= desired - limits.unavailable
        becoming = chance.choice(list(sizes))
        available[becoming] += int(available[becoming] < sizes[becoming])
        if sizes == {"old": 0, "new": desired} == available:
            return
    pytest.fail(f"the rollout of {desired} with {limits} did not end: {sizes}, {available}")
