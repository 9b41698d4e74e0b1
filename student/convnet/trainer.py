"""The training loop. Provided: nothing to write here."""

from __future__ import annotations

from typing import Any

import numpy as np

MOST_SAMPLES_FOR_ACCURACY = 1000  # more would take longer than they tell


class ClassifierTrainer:
    """Show batches to a classifier, and let an optimizer correct it after each."""

    def train(
        self,
        X: np.ndarray,
        y: np.ndarray,
        model: Any,  # has forward and backward, as ConvNet does
        learning_rate_decay: float = 0.95,
        sample_batches: bool = True,  # noqa: FBT001, FBT002  # the course's published signature
        num_epochs: int = 30,
        batch_size: int = 100,
        acc_frequency: int | None = None,
        verbose: bool = False,  # noqa: FBT001, FBT002  # the course's published signature
        optimizer: Any = None,  # has update and learning_rate, as SGD does
    ) -> tuple[list[float], list[float]]:
        """Train a model in place.

        Args:
            X: Images, shape (N, C, H, W).
            y: Correct classes, shape (N,), integers.
            model: The classifier.
            learning_rate_decay: The learning rate is multiplied by this after each epoch.
            sample_batches: Draw random batches; otherwise every step sees all of X, and an epoch is one step.
            num_epochs: How many times as many samples as there are in X are shown.
            batch_size: Samples in a random batch.
            acc_frequency: Measure the accuracy every so many steps; it is measured after each epoch in any case.
            verbose: Tell the loss and the accuracy of each epoch.
            optimizer: What updates the model.

        Returns:
            The loss of each step, and the accuracy on the training images each time it was measured.

        Raises:
            ValueError: there is no optimizer.
        """
        if optimizer is None:
            raise ValueError("optimizer is None, expected one that updates the model")
        samples = len(X)
        steps_per_epoch = max(1, samples // batch_size) if sample_batches else 1
        steps = num_epochs * steps_per_epoch
        losses: list[float] = []
        accuracies: list[float] = []
        for step in range(1, steps + 1):
            chosen = np.random.choice(samples, batch_size) if sample_batches else np.arange(samples)
            _, loss = model.forward(X[chosen], y[chosen])
            model.backward()
            optimizer.update(model)
            losses.append(float(loss))

            epoch_ends = step % steps_per_epoch == 0
            if epoch_ends or (acc_frequency is not None and step % acc_frequency == 0):
                accuracies.append(accuracy(model, X, y))
            if epoch_ends:
                optimizer.learning_rate *= learning_rate_decay
                if verbose:
                    epoch = step // steps_per_epoch
                    line = f"epoch {epoch} of {num_epochs}: loss {loss:.4f}, accuracy {accuracies[-1]:.3f}"
                    print(line)  # noqa: T201  # verbose asks for it
        return losses, accuracies


def accuracy(model: Any, X: np.ndarray, y: np.ndarray) -> float:  # has forward, as ConvNet does
    """Measure the share of samples whose most probable class is the correct one."""
    X, y = X[:MOST_SAMPLES_FOR_ACCURACY], y[:MOST_SAMPLES_FOR_ACCURACY]
    probabilities, _ = model.forward(X, y)
    return float((np.argmax(probabilities, axis=1) == y).mean())
