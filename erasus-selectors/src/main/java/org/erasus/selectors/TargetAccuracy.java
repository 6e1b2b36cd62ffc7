package org.erasus.selectors;

import org.erasus.Mark;
import org.erasus.Rows;
import org.erasus.SelectionTask;

/**
 * The accuracy, on the target rows, of a small classifier on the network's features that is trained on a set of candidates from
 * the beginning.
 *
 * <pre>{@code
 * v(S) = share of the target rows that the classifier trained on S gives their class;  v(∅) = 1/C, by chance
 * }</pre>
 *
 * @param classifier what is trained
 * @param target rows to be classified
 */
public record TargetAccuracy(FeatureClassifier classifier, Mark target) implements Utility {
  /** The nearest mean, validation rows. */
  public static final TargetAccuracy DEFAULTS =
      new TargetAccuracy(new FeatureClassifier.NearestCentroid(), Mark.VALIDATION);

  /** This utility with another classifier. */
  public TargetAccuracy withClassifier(FeatureClassifier classifier) {
    return new TargetAccuracy(classifier, target);
  }

  /** This utility with other target rows. */
  public TargetAccuracy withTarget(Mark target) {
    return new TargetAccuracy(classifier, target);
  }

  @Override
  public void require(SelectionTask task, String selector) {
    Rows targets = Targets.of(selector, task, target);
    classifier.requireRoom(task.candidates().size(), targets.size());
  }

  @Override
  public Game on(SelectionTask task) {
    require(task, "target-accuracy");
    ValuedFeatures features = ValuedFeatures.of(task, target);
    FeatureClassifier.Trials trials =
        classifier.on(features.rows, features.labels, features.targets, features.classes);
    return new Game() {
      @Override
      public double worth(int[] chosen) {
        if (chosen.length == 0) {
          return 1.0 / features.classes;
        }
        int[] predicted = trials.predict(chosen);
        int right = 0;
        for (int i = 0; i < predicted.length; i++) {
          if (predicted[i] == features.targetLabels[i]) {
            right++;
          }
        }
        return right / (double) predicted.length;
      }

      @Override
      public void close() {
        trials.close();
      }
    };
  }
}
