"""Effective robustness: against statsmodels, a simulation with known residuals, and the published testbed."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.special import expit, logit
from scipy.stats import norm

from laionet.compare.robustness import effective_robustness, fit_line


def baseline(rng, models, scatter=0.1, n=None):
    """Accuracies on a line in logits."""
    a = rng.uniform(0.3, 0.9, models)
    b = expit(-0.7 + 1.1 * logit(a) + rng.normal(0, scatter, models))
    return (a, b) if n is None else (rng.binomial(n[0], a) / n[0], rng.binomial(n[1], b) / n[1])


@pytest.mark.parametrize(("axis", "forth", "back"), [("logit", logit, expit), ("probit", norm.ppf, norm.cdf)])
def test_line_and_band_are_those_of_statsmodels(axis, forth, back):
    rng = np.random.default_rng(0)
    a, b = baseline(rng, 25)
    theirs = sm.OLS(forth(b), sm.add_constant(forth(a))).fit()
    line = fit_line(a, b, axis)
    assert (line.intercept, line.slope) == pytest.approx(tuple(theirs.params))
    assert line.r2 == pytest.approx(theirs.rsquared)
    assert line.scatter == pytest.approx(np.sqrt(theirs.mse_resid))
    more_a, more_b = np.append(a, [0.5, 0.8]), np.append(b, [0.6, 0.9])
    base = np.arange(27) < 25
    found = effective_robustness(more_a, more_b, base, axis=axis, level=0.9)
    said = theirs.get_prediction(sm.add_constant(forth(np.array([0.5, 0.8]))))
    np.testing.assert_allclose(found.expected[25:], back(said.predicted_mean))
    np.testing.assert_allclose(line.at([0.5, 0.8]), back(said.predicted_mean))
    band = back(said.conf_int(obs=True, alpha=0.1))
    np.testing.assert_allclose(np.column_stack([found.band_low, found.band_high])[25:], band)
    np.testing.assert_allclose(found.value[25:], [0.6, 0.9] - found.expected[25:])
    # Without the models' own errors only the line's is left: delta method of its standard error.
    steep = 1e6 * (back(said.predicted_mean + 5e-7) - back(said.predicted_mean - 5e-7))
    np.testing.assert_allclose(found.se[25:], steep * said.se_mean, rtol=1e-6)


def test_a_baseline_model_is_judged_by_the_line_of_the_others():
    rng = np.random.default_rng(1)
    a, b = baseline(rng, 12)
    found = effective_robustness(a, b, np.ones(12, bool))
    others = np.arange(12) != 4
    line = sm.OLS(logit(b[others]), sm.add_constant(logit(a[others]))).fit()
    assert found.expected[4] == pytest.approx(expit(line.params @ [1, logit(a[4])]))
    assert found.line.models == 12


def test_the_interval_holds_the_models_distance_from_the_line():
    rng = np.random.default_rng(2)
    held, inside, n = 0, 0, (5000, 2000)
    for _ in range(300):
        a, b = baseline(rng, 40, scatter=0.1)
        a, b = np.append(a, 0.7), np.append(b, 0.75)
        seen = rng.binomial(n[0], a) / n[0], rng.binomial(n[1], b) / n[1]
        base = np.arange(41) < 40
        found = effective_robustness(*seen, base, reference_images=n[0], shifted_images=n[1])
        truth = 0.75 - expit(-0.7 + 1.1 * logit(0.7))
        held += found.low[40] <= truth <= found.high[40]
        inside += 1 - found.outside[:40].mean()
    assert 0.92 <= held / 300 <= 0.985
    assert 0.94 <= inside / 300 <= 0.96


def test_a_robust_model_is_outside_the_band_and_an_unknown_one_is_not_judged():
    rng = np.random.default_rng(3)
    a, b = baseline(rng, 20, scatter=0.05)
    a, b = np.append(a, [0.6, 0.99, np.nan, 1.0]), np.append(b, [0.8, 0.9, 0.5, 0.5])
    found = effective_robustness(a, b, np.arange(24) < 20, shifted_images=10_000)
    assert found.outside[20]
    assert found.value[20] > 0.2
    assert found.beyond.tolist()[20:] == [False, True, False, False]
    assert np.isnan(found.value[22:]).all()
    assert not found.outside[22:].any()


def test_models_all_wrong_or_unknown_are_no_part_of_the_line():
    rng = np.random.default_rng(4)
    a, b = baseline(rng, 10)
    line = fit_line(np.append(a, [0.5, 0.4, np.nan]), np.append(b, [0.0, np.nan, 0.3]))
    assert (line.models, line.slope) == (10, pytest.approx(fit_line(a, b).slope))
    found = effective_robustness(np.append(a, 0.5), np.append(b, 0.0), np.ones(11, bool), shifted_images=100)
    assert found.value[10] == pytest.approx(-line.at(0.5))


def test_wrong_arguments_are_told():
    with pytest.raises(ValueError, match="divide percent by 100"):
        fit_line([70.0, 80, 90], [60.0, 70, 80])
    with pytest.raises(ValueError, match="at least three"):
        fit_line([0.5, 0.6], [0.4, 0.5])
    with pytest.raises(ValueError, match="at least three baseline models of different"):
        fit_line([0.5, 0.5, 0.5], [0.4, 0.5, 0.6])
    with pytest.raises(ValueError, match="logit or probit"):
        fit_line([0.5, 0.6, 0.7], [0.4, 0.5, 0.6], "log")
    with pytest.raises(ValueError, match="one bool a model"):
        effective_robustness([0.5, 0.6, 0.7], [0.4, 0.5, 0.6], [0, 1, 2])


def test_clip_is_far_above_the_line_of_the_published_testbed(real_data):
    """On ImageNet-R and Sketch, as its authors found; on ImageNetV2 the line is nearly all there is."""
    from laionet.flow.testbed import read_testbed

    standard = ["alexnet", "vgg1?", "vgg1?_bn", "resnet18", "resnet34", "resnet50", "resnet101", "resnet152",
                "densenet1?1", "densenet169", "densenet201", "squeezenet*", "inceptionv?"]  # fmt: skip
    found = {}
    for shifted, reference in (
        ("imagenetv2-matched-frequency-format-val", "val"),
        ("imagenet-r", "val-on-imagenet-r-classes"),
        ("imagenet-sketch", "val"),
    ):
        table = read_testbed(real_data / "imagenet_testbed_top1.csv", reference, shifted)
        found[shifted] = effective_robustness(
            table.reference, table.shifted, table.named(standard), reference_images=50_000, shifted_images=10_000
        )
    clip = table.models.index("vit_b_32_clip_zeroshot")
    assert found["imagenetv2-matched-frequency-format-val"].line.r2 > 0.99
    for shifted in ("imagenet-r", "imagenet-sketch"):
        assert found[shifted].outside[clip]
        assert found[shifted].low[clip] > 0.1
