package io.callweave.files;

import io.callweave.options.JobOptions;
import io.callweave.options.OptionsException;
import io.callweave.options.SinkKind;
import java.io.IOException;
import java.io.OutputStream;
import java.util.UUID;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.FileSystem.WriteMode;
import org.apache.flink.core.fs.Path;
import org.apache.flink.core.fs.UnsupportedFileSystemSchemeException;

/** Looks, before the job is submitted, that it can write to the folder of its files. */
public final class OutputFolder {
  private OutputFolder() {}

  /**
   * Makes the folder if it is missing, and writes a file to it that it deletes again.
   *
   * @throws OptionsException if that does not work
   */
  public static void prepare(JobOptions options) {
    if (!options.outputs().writesTo(SinkKind.FILES)) {
      return;
    }
    Path folder = new Path(options.output());
    try {
      FileSystem files = fileSystem(folder, "--output");
      checkIsNoFile(files, folder);
      files.mkdirs(folder);
      // Says so where it is not able to keep what was written until it is committed.
      files.createRecoverableWriter();
      Path probe = new Path(folder, ".callweave-" + UUID.randomUUID());
      try (OutputStream out = files.create(probe, WriteMode.NO_OVERWRITE)) {
        out.write('\n');
      }
      files.delete(probe, false);
    } catch (UnsupportedOperationException e) {
      throw new OptionsException(
          String.format(
              "--output %s is on a file system on which files cannot be written exactly once;"
                  + " file:, hdfs: and s3: by Flink's plugin flink-s3-fs-hadoop can",
              folder));
    } catch (IOException e) {
      throw new OptionsException(
          String.format(
              "--output %s cannot be written: %s; a folder is wanted that this user may write to,"
                  + " here and on all TaskManagers",
              folder, e));
    }
  }

  private static void checkIsNoFile(FileSystem files, Path folder) throws IOException {
    if (!files.exists(folder)) {
      return;
    }
    FileStatus there = files.getFileStatus(folder);
    if (!there.isDir()) {
      throw new OptionsException(
          String.format("--output %s is a file; a folder is wanted", folder));
    }
  }

  /**
   * The file system of a place.
   *
   * @throws OptionsException if this Flink has none for its scheme
   */
  static FileSystem fileSystem(Path place, String option) throws IOException {
    try {
      return FileSystem.get(place.toUri());
    } catch (UnsupportedFileSystemSchemeException e) {
      throw new OptionsException(
          String.format(
              "%s %s wants a file system for %s:, which this Flink has not; for s3: copy its"
                  + " opt/flink-s3-fs-hadoop-*.jar to plugins/s3-fs-hadoop/, here and on the cluster",
              option, place, place.toUri().getScheme()));
    }
  }
}
