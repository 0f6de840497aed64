package io.callweave.testing;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.logging.log4j.core.config.LoggerConfig;
import org.apache.logging.log4j.core.config.Property;
import org.apache.logging.log4j.core.layout.PatternLayout;

/**
 * All that this JVM logs while it is open, as a cluster that logs at INFO would; of the job's own
 * classes everything.
 */
public final class CapturedLog implements AutoCloseable {
  private static final String APPENDER = "captured";
  private static final String OWN_CLASSES = "io.callweave";

  private final Queue<String> events = new ConcurrentLinkedQueue<>();
  private final LoggerContext context = (LoggerContext) LogManager.getContext(false);
  private final LoggerConfig root = context.getConfiguration().getRootLogger();
  private final Level levelBefore = root.getLevel();

  public CapturedLog() {
    PatternLayout layout = PatternLayout.newBuilder().withPattern("%p %c %m%n%throwable").build();
    AbstractAppender appender =
        new AbstractAppender(APPENDER, null, layout, false, Property.EMPTY_ARRAY) {
          @Override
          public void append(LogEvent event) {
            events.add(layout.toSerializable(event));
          }
        };
    appender.start();
    root.addAppender(appender, null, null);
    Configurator.setRootLevel(Level.INFO);
    Configurator.setLevel(OWN_CLASSES, Level.ALL);
  }

  /** What was logged so far, stack traces included. */
  public String text() {
    return String.join("", events);
  }

  @Override
  public void close() {
    context.getConfiguration().removeLogger(OWN_CLASSES);
    root.removeAppender(APPENDER);
    Configurator.setRootLevel(levelBefore);
  }
}
