package io.callweave.files;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.streaming.api.functions.sink.filesystem.BucketAssigner;
import org.apache.flink.streaming.api.functions.sink.filesystem.bucketassigners.SimpleVersionedStringSerializer;

/**
 * A folder for each hour of UTC, by the event time of a record: {@code date=2026-11-28/hour=04},
 * the form in which Spark, DuckDB and others read the time from the path.
 *
 * <p>A record without event time, a reject, has that of the wall clock.
 *
 * @param <T> what is written
 */
final class HourFolders<T> implements BucketAssigner<T, String> {
  private static final long serialVersionUID = 1L;
  private static final long HOUR_MS = 60 * 60 * 1_000L;
  private static final DateTimeFormatter FOLDER =
      DateTimeFormatter.ofPattern("'date='uuuu-MM-dd'/hour='HH", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private transient long hour;
  private transient String folder;

  @Override
  public String getBucketId(T record, Context context) {
    Long eventMs = context.timestamp();
    return of(eventMs == null ? context.currentProcessingTime() : eventMs);
  }

  /** The folder of a moment. Most are of the same hour as the one before. */
  private String of(long ms) {
    long wanted = Math.floorDiv(ms, HOUR_MS);
    if (folder == null || wanted != hour) {
      hour = wanted;
      folder = FOLDER.format(Instant.ofEpochMilli(ms));
    }
    return folder;
  }

  @Override
  public SimpleVersionedSerializer<String> getSerializer() {
    return SimpleVersionedStringSerializer.INSTANCE;
  }
}
