package io.callweave.files;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.util.MathUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files that one subtask of the source reads: which they are, and how far they were read.
 *
 * <p>Whose a file is its path alone says, so that subtasks that list the files at different moments
 * agree. Numbers of splits are given by each subtask from those that are its own.
 */
final class OwnFiles {
  private static final Logger LOG = LoggerFactory.getLogger(OwnFiles.class);

  /** More subtasks than a job can have. */
  private static final int NUMBERS = 720;

  private final int subtask;
  private final int subtasks;
  private final boolean watched;
  private final Predicate<String> leavesOut;
  private final Map<String, FileState> all = new HashMap<>();
  private final TreeMap<String, FileState> unread = new TreeMap<>();
  private final Map<Integer, FileState> bySplit = new HashMap<>();

  /** Files that may still be written, as they were when they were listed. */
  private final Map<String, long[]> growing = new HashMap<>();

  private final Set<String> warned = new HashSet<>();
  private int nextNumber;

  /**
   * The files of a subtask.
   *
   * @param watched whether files come while the job runs, and so may not be whole yet
   * @param leavesOut whether a file of this name is not read
   * @param restored those of all subtasks of the run before
   */
  OwnFiles(
      int subtask,
      int subtasks,
      boolean watched,
      Predicate<String> leavesOut,
      Iterable<FileState> restored) {
    this.leavesOut = leavesOut;
    this.subtask = subtask;
    this.subtasks = subtasks;
    this.watched = watched;
    for (FileState file : restored) {
      nextNumber = Math.max(nextNumber, file.split / NUMBERS + 1);
      if (isOwn(file.path)) {
        all.put(file.path, file);
        if (!file.done) {
          add(file);
        }
      }
    }
  }

  private void add(FileState file) {
    unread.put(file.path, file);
    bySplit.put(file.split, file);
  }

  private boolean isOwn(String path) {
    return MathUtils.murmurHash(path.hashCode()) % subtasks == subtask;
  }

  /** Takes in which files there are; gives those that are new and whole. */
  List<FileState> found(List<FileStatus> listing) {
    List<FileState> begun = new ArrayList<>();
    Set<String> there = new HashSet<>();
    for (FileStatus status : listing) {
      String path = status.getPath().toString();
      if (!isOwn(path)) {
        continue;
      }
      there.add(path);
      FileState known = all.get(path);
      if (known != null) {
        warnIfChanged(known, status);
      } else if (leavesOut.test(status.getPath().getName())) {
        warn(
            path, "is not read: it is neither JSON lines nor CSV, nor Parquet with the jar for it");
      } else if (!watched || isWhole(path, status)) {
        begun.add(begin(path, status));
      }
    }
    // What was deleted is not needed to tell that it was read.
    all.values().removeIf(file -> file.done && !there.contains(file.path));
    growing.keySet().retainAll(there);
    return begun;
  }

  private FileState begin(String path, FileStatus status) {
    growing.remove(path);
    int split = nextNumber * NUMBERS + subtask;
    nextNumber++;
    FileState file = new FileState(path, status.getLen(), status.getModificationTime(), split);
    all.put(path, file);
    add(file);
    return file;
  }

  /** Whether a file is as it was when it was listed before. */
  private boolean isWhole(String path, FileStatus status) {
    long[] now = {status.getLen(), status.getModificationTime()};
    long[] before = growing.put(path, now);
    return before != null && before[0] == now[0] && before[1] == now[1];
  }

  private void warnIfChanged(FileState known, FileStatus status) {
    if (known.length != status.getLen() || known.modifiedMs != status.getModificationTime()) {
      warn(
          known.path,
          "has changed since it was found, and is not read again: what is new wants another name");
    }
  }

  private void warn(String path, String what) {
    if (warned.add(path)) {
      LOG.warn("The file {} {}", path, what);
    }
  }

  /** The file to read on from: the one of this split, else the first; null if all are read. */
  FileState next(int split) {
    FileState last = bySplit.get(split);
    if (last != null) {
      return last;
    }
    return unread.isEmpty() ? null : unread.firstEntry().getValue();
  }

  /** A file was read to its end. */
  void done(FileState file) {
    file.done = true;
    unread.remove(file.path);
    bySplit.remove(file.split);
  }

  /** Those that are not read to their end. */
  Collection<FileState> unread() {
    return unread.values();
  }

  /** All that the state has to hold. */
  List<FileState> all() {
    return new ArrayList<>(all.values());
  }
}
