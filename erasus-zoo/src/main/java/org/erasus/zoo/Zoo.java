package org.erasus.zoo;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.erasus.Catalog;

/** The table of contents: every network in its default settings, under the name that command lines use. */
public final class Zoo {
  private static final Catalog<NetworkDesign> NETWORKS = Catalog.of("network", List.of(listed()));

  private Zoo() {}

  private static Map<String, NetworkDesign> listed() {
    Map<String, NetworkDesign> designs = new LinkedHashMap<>();
    designs.put("mlp", Mlp.DEFAULTS);
    designs.put("small-cnn", SmallCnn.DEFAULTS);
    designs.put("resnet9", ResNet9.DEFAULTS);
    designs.put("resnet18", ResNet18.DEFAULTS);
    designs.put("vgg11-bn", Vgg11Bn.DEFAULTS);
    designs.put("mobilenet-v2", MobileNetV2.DEFAULTS);
    return designs;
  }

  /**
   * All networks, by name.
   *
   * <pre>{@code
   * Network.of(Zoo.networks().get("small-cnn").block(10), new Shape(1, 28, 28), 7)
   * }</pre>
   */
  public static Catalog<NetworkDesign> networks() {
    return NETWORKS;
  }
}
