"""The search for better hyperparameters with KerasTuner, a separate package so that the library needs no tuner."""
