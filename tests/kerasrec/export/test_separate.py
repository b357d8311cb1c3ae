"""A separate function is a single operation of the surrounding graph."""

import tensorflow as tf

from kerasrec.export.separate import separate


@separate
def double(number: tf.Tensor) -> tf.Tensor:
    return number + number


def test_a_separate_function_returns_the_same_values():
    assert int(double(tf.constant(21))) == 42
    assert tf.function(double)(tf.constant([1, 2])).numpy().tolist() == [2, 4]


def test_a_separate_function_is_not_inlined():
    graph = tf.function(lambda number: double(double(number)), input_signature=[tf.TensorSpec((), tf.int32)])
    definition = graph.get_concrete_function().graph.as_graph_def()
    assert "AddV2" not in {node.op for node in definition.node}
    assert [function.attr["_noinline"].b for function in definition.library.function] == [True]
