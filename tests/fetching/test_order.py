"""Results come in the order of the rows, within the limits of connections and memory."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fetching.web import outcomes, picture
from laionet.causal.links import HOSTS, Behaviour, link
from laionet.causal.server import MiniWebServer
from laionet.schema import Drop


def test_results_come_in_the_order_of_the_rows(web):
    urls = [link(Behaviour.SLOW if n % 3 == 0 else Behaviour.OK, n) for n in range(30)]
    results = outcomes(urls, web.hosts, connections=4)
    assert [result.keep for result in results] == [picture(n) for n in range(30)]


def test_memory_for_results_that_wait_is_bounded(web, monkeypatch):
    from laionet.fetching import client

    monkeypatch.setattr(client, "MAX_HELD", 3 * len(picture(1)))
    urls = [link(Behaviour.STALLS, 0), *(link(Behaviour.OK, n) for n in range(1, 60))]
    results = outcomes(urls, web.hosts, connections=1, per_host=1, tries=1, timeout_s=0.5)
    assert results[0].reason is Drop.TIMEOUT
    assert [result.keep for result in results[1:]] == [picture(n) for n in range(1, 60)]


@pytest.mark.parametrize("per_host", [1, 3])
def test_no_host_has_more_requests_than_its_share(web, per_host):
    urls = [link(Behaviour.SLOW, n, host) for n in range(2 * per_host) for host in HOSTS[:2]]
    results = outcomes(urls, web.hosts, per_host=per_host)
    assert {result.reason for result in results} == {None}
    assert dict(web.busiest) == dict.fromkeys(HOSTS[:2], per_host)


#: What gives the same at any time, and needs no waiting.
QUICK = sorted(set(Behaviour) - {"stalls", "trickles", "slow", "oversized", "bomb"})


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.sampled_from(QUICK), min_size=1, max_size=25),
    st.integers(1, 40),
    st.integers(1, 5),
)
def test_results_do_not_depend_on_connections(behaviours, connections, per_host):
    urls = [link(behaviour, n) for n, behaviour in enumerate(behaviours)]
    with MiniWebServer(picture) as one, MiniWebServer(picture) as other:
        expected = outcomes(urls, one.hosts, connections=1, per_host=1)
        assert outcomes(urls, other.hosts, connections=connections, per_host=per_host) == expected
