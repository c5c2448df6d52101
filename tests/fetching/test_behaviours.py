"""Each thing that goes wrong on the web ends in its own reason, and nothing hangs."""

import pytest

from fetching.web import outcomes, picture
from laionet.causal.links import Behaviour, link
from laionet.causal.server import EXPECTED

#: Requests for an image that each behaviour takes, with three tries; one where nothing else is said.
TRIES = {
    Behaviour.STALLS: 3, Behaviour.TRICKLES: 3, Behaviour.FAILING: 3, Behaviour.BROKEN: 3,
    Behaviour.BUSY: 2, Behaviour.FLAKY: 2, Behaviour.MOVED: 2, Behaviour.LOOP: 6, Behaviour.DISALLOWED: 0,
}  # fmt: skip
CHANGES = {
    Behaviour.GREY: ("grey",), Behaviour.PALETTE: ("palette",), Behaviour.CMYK: ("cmyk",),
    Behaviour.SIXTEEN_BIT: ("grey", "sixteen_bit"), Behaviour.ANIMATED: ("palette", "animated"),
    Behaviour.ROTATED: ("rotated",), Behaviour.PNG_ALPHA: ("alpha",),
}  # fmt: skip


@pytest.mark.parametrize("behaviour", Behaviour)
@pytest.mark.parametrize("index", [4, 7])
def test_every_behaviour_has_its_own_reason(web, behaviour, index):
    endless = behaviour in (Behaviour.STALLS, Behaviour.TRICKLES)
    (result,) = outcomes([link(behaviour, index)], web.hosts, timeout_s=0.3 if endless else 10)
    assert result.reason == EXPECTED[behaviour]
    assert result.tries == TRIES.get(behaviour, 1)
    assert result.changes == CHANGES.get(behaviour, ())
    if result.reason is None:
        assert (result.width, result.height) == (80, 60)
        assert result.bytes == len(result.keep)
    else:
        assert result.keep is None


def test_bytes_are_kept_as_sent(web):
    results = outcomes([link(Behaviour.OK, 3), link(Behaviour.MOVED, 3)], web.hosts)
    assert [result.keep for result in results] == [picture(3), picture(3)]
    assert [result.final_url for result in results] == [None, link(Behaviour.OK, 3)]


def test_the_opt_out_can_be_passed_over(web):
    (result,) = outcomes([link(Behaviour.NOAI, 0)], web.hosts, opt_out=False)
    assert result.reason is None
