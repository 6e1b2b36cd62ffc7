package org.erasus.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import org.junit.jupiter.api.Test;

/** The rules of {@link Script}, each with the fault it avoids shown beside it. */
class ScriptTest {
  private static final String METHODS =
      """
        def square(self, x: Tensor) -> Tensor:
          return x * x

        def add_to_literal(self, p: Tensor, g: Tensor) -> Tensor:
          torch._foreach_add_([p], [g])
          return p

        def add_to_argument(self, p: List[Tensor], g: List[Tensor]) -> List[Tensor]:
          torch._foreach_add_(p, g)
          return p

        def add_plainly(self, p: Tensor, g: Tensor) -> Tensor:
          return torch.add_(p, g)

        def fail(self, x: Tensor) -> Tensor:
          return torch.view(x, [7])
      """;

  private static IValue value(NDArray array) {
    return IValue.from((PtNDArray) array);
  }

  @Test
  void resultsCanBeDifferentiated() {
    try (NDManager manager = EngineRuntime.newManager();
        GradMode on = GradMode.on()) {
      Script script = Script.compile(manager, METHODS);
      NDArray x = leaf(manager);
      try (IValue vx = value(x);
          IValue result = script.run("square", vx)) {
        NDArray y = result.toTensor((PtNDManager) manager);
        NDArray[] gradient = TorchOps.gradients(y.mul(y).sum(), new NDArray[] {x}, false, false);
        assertThat(gradient[0].toFloatArray()).containsExactly(4, 32); // d x⁴ = 4x³ at 1 and 2
      }
    }
  }

  /** DJL's own way to run a method forbids gradients, which is why it is not used. */
  @Test
  void resultsOfDjlsOwnCallCannotBeDifferentiated() {
    try (NDManager manager = EngineRuntime.newManager();
        GradMode on = GradMode.on()) {
      PtSymbolBlock module = Script.compile(manager, METHODS).module();
      NDArray x = leaf(manager);
      try (IValue vx = value(x);
          IValue result = IValueUtils.runMethod(module, "square", vx)) {
        NDArray y = result.toTensor((PtNDManager) manager);
        assertThatThrownBy(() -> x.mul(y)).hasMessageContaining("Inference tensors");
      }
    }
  }

  private static NDArray leaf(NDManager manager) {
    NDArray x = manager.create(new float[] {1, 2}).duplicate();
    x.setRequiresGradient(true);
    return x;
  }

  /** The compiler finds no use of a list made in the script and removes what changes its members. */
  @Test
  void changesOfAListMadeInTheScriptAreLost() {
    try (NDManager manager = EngineRuntime.newManager();
        GradMode off = GradMode.off()) {
      Script script = Script.compile(manager, METHODS);
      NDArray p = manager.ones(new ai.djl.ndarray.types.Shape(2));
      NDArray g = manager.ones(new ai.djl.ndarray.types.Shape(2));
      try (IValue vp = value(p);
          IValue vg = value(g)) {
        script.run("add_to_literal", vp, vg).close();
        assertThat(p.toFloatArray()).as("removed as dead code").containsExactly(1, 1);
        script.run("add_plainly", vp, vg).close();
        assertThat(p.toFloatArray()).containsExactly(2, 2);
      }
      try (TensorList lp = TensorList.of(p);
          TensorList lg = TensorList.of(g)) {
        script.run("add_to_argument", lp.value(), lg.value()).close();
        assertThat(p.toFloatArray()).containsExactly(3, 3);
      }
    }
  }

  @Test
  void nothingIsRecordedWhileGradModeIsOff() {
    try (NDManager manager = EngineRuntime.newManager()) {
      Script script = Script.compile(manager, METHODS);
      NDArray x = leaf(manager);
      try (IValue vx = value(x)) {
        NDArray recorded;
        NDArray silent;
        try (GradMode on = GradMode.on();
            IValue result = script.run("square", vx)) {
          recorded = result.toTensor((PtNDManager) manager);
        }
        try (GradMode off = GradMode.off();
            IValue result = script.run("square", vx)) {
          silent = result.toTensor((PtNDManager) manager);
        }
        NDArray[] inputs = {x};
        try (GradMode on = GradMode.on()) {
          assertThat(TorchOps.gradients(recorded.sum(), inputs, false, false)[0].toFloatArray())
              .containsExactly(2, 4);
          assertThatThrownBy(() -> TorchOps.gradients(silent.sum(), inputs, false, false))
              .hasMessageContaining("does not require grad");
        }
      }
    }
  }

  @Test
  void anErrorOfTheEngineIsAnException() {
    try (NDManager manager = EngineRuntime.newManager()) {
      Script script = Script.compile(manager, METHODS);
      try (IValue vx = value(leaf(manager))) {
        assertThatThrownBy(() -> script.run("fail", vx)).hasMessageContaining("invalid for input");
        assertThatThrownBy(() -> script.run("unknown", vx)).hasMessageContaining("unknown");
      }
      assertThatThrownBy(() -> Script.compile(manager, "  def f(self: nonsense\n"))
          .isInstanceOf(RuntimeException.class);
    }
  }
}
