package io.callweave;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.callweave.rocketmq.RocketServer;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A name server and a broker, started once for all tests that are extended with this. */
final class RocketParts implements BeforeAllCallback, ExtensionContext.Store.CloseableResource {
  private RocketServer server;

  @Override
  public void beforeAll(ExtensionContext context) {
    assumeTrue(RocketServer.isHere(), RocketServer.PARTS + " names no folder: no RocketMQ here");
    server =
        context
            .getRoot()
            .getStore(ExtensionContext.Namespace.GLOBAL)
            .getOrComputeIfAbsent(
                RocketParts.class, type -> new RocketParts().start(), RocketParts.class)
            .server;
  }

  private RocketParts start() {
    try {
      server = RocketServer.start();
      return this;
    } catch (Exception e) {
      throw new IllegalStateException("RocketMQ does not start", e);
    }
  }

  @Override
  public void close() {
    server.close();
  }

  RocketServer server() {
    return server;
  }
}
