"""What of a catalogue an estimator is given: pairs of inputs, the players of a game, and samples."""
