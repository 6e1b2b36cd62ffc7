package org.erasus.eval;

import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.SplittableRandom;
import org.erasus.Check;
import org.erasus.Network;
import org.erasus.Rows;
import org.erasus.eval.attacks.LabelOnly;

/** Ways to change the input of a row a little, several each, for {@link LabelOnly}. */
public sealed interface Perturbation {
  /**
   * The changes that need to know nothing but the rows: shifts by a pixel where they are pictures, and ten draws of noise of half the
   * standard deviation of their values. How much noise tells most depends on the network; this is a middle, not an optimum.
   *
   * @param rows with values that vary
   */
  static List<Perturbation> fitting(Rows rows) {
    Perturbation noise = new Noise(deviation(rows) / 2, 10);
    return rows.data().rowShape().dimension() == 3
        ? List.of(Shifts.DEFAULTS, noise)
        : List.of(noise);
  }

  private static double deviation(Rows rows) {
    double sum = 0;
    double squares = 0;
    for (Rows piece : rows.batches(1024)) {
      for (float[] row : piece.inputs()) {
        for (float value : row) {
          sum += value;
          squares += (double) value * value;
        }
      }
    }
    double values = (double) rows.size() * rows.data().rowShape().size();
    return Math.sqrt(Math.max(0, squares / values - sum / values * (sum / values)));
  }

  /** The name in reports, in kebab case. */
  String name();

  /** How many changed inputs a row gets. */
  int count();

  /**
   * Requires that rows of a shape can be changed so.
   *
   * @throws IllegalArgumentException when they cannot
   */
  default void requireFit(Shape rowShape) {}

  /**
   * Makes a changed input; the row stays as it is.
   *
   * @param row values
   * @param rowShape their shape
   * @param index which change, from 0 to {@link #count()} − 1
   * @param random a generator for this change of this row
   */
  float[] apply(float[] row, Shape rowShape, int index, SplittableRandom random);

  /**
   * Asks a network about rows changed in all these ways.
   *
   * @param network borrowed
   * @param rows that will be attacked
   * @param seed of the changes; those of a row do not depend on other rows
   */
  default LabelOnly ask(Network network, Rows rows, long seed) {
    return ChangedRows.ask(network, rows, this, seed);
  }

  /**
   * Moves pictures by every (i, j) with |i| + |j| = d, and not at all: 4d + 1 inputs. What moves in is 0.
   *
   * @param pixels d, at least 1
   */
  record Shifts(int pixels) implements Perturbation {
    /** By one pixel. */
    public static final Shifts DEFAULTS = new Shifts(1);

    /** Checks the range. */
    public Shifts {
      Check.atLeast(1, pixels, "pixels");
    }

    @Override
    public String name() {
      return "shifts";
    }

    @Override
    public int count() {
      return 4 * pixels + 1;
    }

    @Override
    public void requireFit(Shape rowShape) {
      if (rowShape.dimension() != 3) {
        throw new IllegalArgumentException(
            "shifts are for pictures of shape (channels, height, width), but rows are of shape "
                + rowShape
                + ": use Perturbation.Noise");
      }
    }

    @Override
    public float[] apply(float[] row, Shape rowShape, int index, SplittableRandom random) {
      int height = (int) rowShape.get(1);
      int width = (int) rowShape.get(2);
      // The four sides of the diamond, d steps each, and its centre.
      int side = index / pixels;
      int step = index % pixels;
      int down = side == 4 ? 0 : new int[] {step, pixels - step, -step, step - pixels}[side];
      int right = side == 4 ? 0 : new int[] {pixels - step, -step, step - pixels, step}[side];
      float[] moved = new float[row.length];
      for (int c = 0; c < rowShape.get(0); c++) {
        for (int y = Math.max(0, down); y < Math.min(height, height + down); y++) {
          for (int x = Math.max(0, right); x < Math.min(width, width + right); x++) {
            moved[(c * height + y) * width + x] = row[(c * height + y - down) * width + x - right];
          }
        }
      }
      return moved;
    }
  }

  /**
   * Adds normal noise to every value.
   *
   * @param deviation of the noise, above 0, in the units of the inputs
   * @param draws how many, at least 1
   */
  record Noise(double deviation, int draws) implements Perturbation {
    /** Checks the ranges. */
    public Noise {
      Check.positive(deviation, "deviation");
      Check.atLeast(1, draws, "draws");
    }

    @Override
    public String name() {
      return "noise";
    }

    @Override
    public int count() {
      return draws;
    }

    @Override
    public float[] apply(float[] row, Shape rowShape, int index, SplittableRandom random) {
      float[] noisy = new float[row.length];
      for (int i = 0; i < row.length; i++) {
        noisy[i] = (float) (row[i] + deviation * random.nextGaussian());
      }
      return noisy;
    }
  }
}
