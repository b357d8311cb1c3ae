import pytest

from kerasrec.models import LineCNN, LineCNNLSTM, LineCNNTransformer, LineResNet
from kerasrec.models.flops import count_flops
from kerasrec_tuning.cost import estimate_cost


def test_parameters_and_operations_are_those_of_the_model():
    cost = estimate_cost(LineResNet(), 83, 896, 32)
    model = LineResNet().build(83)
    assert cost.parameters == model.count_params()
    assert cost.mflops == count_flops(model, 896) / 1e6


def test_memory_grows_with_the_batch_and_with_the_weights():
    small, large = (estimate_cost(LineCNN(), 83, 896, size).memory_mb for size in (8, 16))
    weights = estimate_cost(LineCNN(), 83, 896, 1).parameters * 4 * 5 / 1e6
    assert large - weights == pytest.approx(2 * (small - weights))
    assert estimate_cost(LineCNNLSTM(), 83, 896, 8).memory_mb > small + 45  # its LSTM has 2.4 million weights


@pytest.mark.parametrize(
    ("architecture", "batch", "measured"),
    [(LineResNet(), 32, 321), (LineResNet(), 128, 989), (LineCNN(), 32, 905), (LineCNNTransformer(), 32, 1127)],
)
def test_memory_is_near_what_was_measured(architecture, batch, measured):
    """Measured: the peak memory that three steps with lines of 896 px in float32 added to a process."""
    assert estimate_cost(architecture, 83, 896, batch).memory_mb == pytest.approx(measured, rel=1 / 3)
