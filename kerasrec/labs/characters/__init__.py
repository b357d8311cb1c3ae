"""Classification of single characters: models, data, training, evaluation and reading."""
