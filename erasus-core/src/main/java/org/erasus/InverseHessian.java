package org.erasus;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

/**
 * A way to x = (H + λI)⁻¹ v for the Hessian H of the mean cross entropy of some rows, or for a matrix that stands in for it,
 * without H itself.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "name")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Arnoldi.class, name = "arnoldi"),
  @JsonSubTypes.Type(value = DataInf.class, name = "data-inf"),
  @JsonSubTypes.Type(value = EkFac.class, name = "ek-fac"),
  @JsonSubTypes.Type(value = WoodFisher.class, name = "wood-fisher"),
  @JsonSubTypes.Type(value = ConjugateGradient.class, name = "conjugate-gradient"),
  @JsonSubTypes.Type(value = Lissa.class, name = "lissa")
})
public sealed interface InverseHessian
    permits Arnoldi, ConjugateGradient, DataInf, EkFac, Lissa, WoodFisher {
  /**
   * Checks that H may be by these rows; for callers that work before they ask for {@link #times}.
   *
   * @throws IllegalArgumentException when there are too many, naming the most
   */
  default void require(Rows rows) {}

  /**
   * Solves.
   *
   * @param network whose loss it is, in evaluation mode
   * @param rows one or more, by which H is
   * @param v (P)
   * @param seeds of rows and numbers that are drawn
   * @param scope owns the result
   * @param effort hears what it costs
   * @return x, (P)
   * @throws ArithmeticException when the way fails, naming the remedy
   */
  NDArray times(Network network, Rows rows, NDArray v, Seeds seeds, NDManager scope, Effort effort);
}
