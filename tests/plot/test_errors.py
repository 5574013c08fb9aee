import numpy as np
import pytest

from galaxy_causal.plot import errors
from galaxy_causal.types import UserError


def test_each_method_has_a_marker_at_its_mean_error():
    found = {"a": {"one": [0.1, 0.3], "two": [-0.2]}, "b": {"one": [0.5]}}
    figure = errors(found, "error [nats]", {"one": "first", "two": "second"})
    (axes,) = figure.axes
    first, second = axes.containers
    np.testing.assert_allclose(first.lines[0].get_xdata().astype(float), [0.2, 0.5])
    np.testing.assert_allclose(second.lines[0].get_xdata().astype(float), [-0.2, np.nan])
    assert [t.get_text() for t in axes.get_yticklabels()] == ["a", "b"]
    (bars,) = first.lines[2]
    width = np.ptp(bars.get_segments()[0][:, 0])
    assert width == pytest.approx(2 * np.std([0.1, 0.3], ddof=1))


@pytest.mark.parametrize(("found", "methods"), [({}, 1), ({"a": {}}, 0), ({"a": {}}, 9)])
def test_nothing_to_show_is_refused(found, methods):
    with pytest.raises(UserError, match="at least one task"):
        errors(found, "error", {str(k): str(k) for k in range(methods)})
