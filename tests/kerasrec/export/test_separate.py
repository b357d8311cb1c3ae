"""A separate function is one operation of the graph around it, also in the SavedModel."""

import tensorflow as tf

from kerasrec.export.separate import separate


@separate
def double(number: tf.Tensor) -> tf.Tensor:
    return number + number


def test_it_computes_what_the_function_computes():
    assert int(double(tf.constant(21))) == 42
    assert tf.function(double)(tf.constant([1, 2])).numpy().tolist() == [2, 4]


def test_its_operations_are_not_those_of_the_graph_around_it():
    graph = tf.function(lambda number: double(double(number)), input_signature=[tf.TensorSpec((), tf.int32)])
    definition = graph.get_concrete_function().graph.as_graph_def()
    assert "AddV2" not in {node.op for node in definition.node}
    assert [function.attr["_noinline"].b for function in definition.library.function] == [True]
