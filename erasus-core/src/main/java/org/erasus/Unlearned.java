package org.erasus;

/**
 * The outcome of a strategy.
 *
 * @param network the network that has forgotten, owned by this
 * @param record how it was made
 */
public record Unlearned(Network network, RunRecord record) implements AutoCloseable {
  @Override
  public void close() {
    network.close();
  }
}
