package io.callweave.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.Path;
import org.junit.jupiter.api.Test;

class OwnFilesTest {
  private static final List<FileState> NOTHING = Collections.emptyList();

  private static FileStatus status(String path, long length) {
    return new FileStatus() {
      @Override
      public long getLen() {
        return length;
      }

      @Override
      public long getBlockSize() {
        return length;
      }

      @Override
      public short getReplication() {
        return 1;
      }

      @Override
      public long getModificationTime() {
        return 7;
      }

      @Override
      public long getAccessTime() {
        return 7;
      }

      @Override
      public boolean isDir() {
        return false;
      }

      @Override
      public Path getPath() {
        return new Path(path);
      }
    };
  }

  private static List<FileStatus> listing(int files) {
    return IntStream.range(0, files)
        .mapToObj(i -> status("file:/in/" + i + ".jsonl", 1))
        .collect(Collectors.toList());
  }

  private static List<String> paths(List<FileState> files) {
    return files.stream().map(file -> file.path).collect(Collectors.toList());
  }

  @Test
  void everyFileIsReadByOneSubtaskAndHasASplitOfItsOwn() {
    List<FileState> all = new ArrayList<>();
    for (int subtask = 0; subtask < 3; subtask++) {
      all.addAll(
          new OwnFiles(subtask, 3, false, InputFiles::isUnreadable, NOTHING).found(listing(100)));
    }
    assertThat(paths(all)).hasSize(100).doesNotHaveDuplicates();
    assertThat(all).extracting(file -> file.split).doesNotHaveDuplicates();
  }

  @Test
  void afterARescaleFilesGoOnWhereTheyWereAndNewOnesHaveOtherSplits() {
    List<FileState> before = new ArrayList<>();
    for (int subtask = 0; subtask < 3; subtask++) {
      OwnFiles files = new OwnFiles(subtask, 3, false, InputFiles::isUnreadable, NOTHING);
      for (FileState file : files.found(listing(50))) {
        file.records = 5;
        if (file.path.contains("7")) {
          files.done(file);
        }
      }
      before.addAll(files.all());
    }
    List<FileState> after = new ArrayList<>();
    List<FileState> begun = new ArrayList<>();
    for (int subtask = 0; subtask < 2; subtask++) {
      OwnFiles files = new OwnFiles(subtask, 2, false, InputFiles::isUnreadable, before);
      begun.addAll(files.found(listing(60)));
      after.addAll(files.all());
      assertThat(files.unread()).noneMatch(file -> file.path.contains("/7.") && file.records == 5);
    }
    assertThat(begun).hasSize(10).allMatch(file -> file.records == 0);
    assertThat(paths(after)).hasSize(60).doesNotHaveDuplicates();
    assertThat(after).extracting(file -> file.split).doesNotHaveDuplicates();
  }

  @Test
  void aWatchedFileIsReadOnceItNoLongerGrows() {
    OwnFiles files = new OwnFiles(0, 1, true, InputFiles::isUnreadable, NOTHING);
    assertThat(files.found(Arrays.asList(status("file:/a", 1)))).isEmpty();
    assertThat(files.found(Arrays.asList(status("file:/a", 2)))).isEmpty();
    assertThat(files.found(Arrays.asList(status("file:/a", 2)))).hasSize(1);
    FileState file = files.next(0);
    files.done(file);
    assertThat(files.next(0)).isNull();
    assertThat(files.found(Arrays.asList(status("file:/a", 3)))).isEmpty();
    assertThat(files.found(Arrays.asList(status("file:/a", 3)))).isEmpty();
    assertThat(files.next(0)).isNull();
  }

  @Test
  void aFileThatWasReadAndDeletedIsForgotten() {
    OwnFiles files = new OwnFiles(0, 1, false, InputFiles::isUnreadable, NOTHING);
    files.found(listing(3));
    files.done(files.next(0));
    files.found(Collections.emptyList());
    assertThat(files.all()).hasSize(2);
  }

  @Test
  void theSplitThatHoldsTimeBackIsReadFirst() {
    OwnFiles files = new OwnFiles(0, 1, false, InputFiles::isUnreadable, NOTHING);
    List<FileState> begun = files.found(listing(3));
    assertThat(files.next(-1).path).endsWith("/0.jsonl");
    assertThat(files.next(begun.get(2).split)).isSameAs(begun.get(2));
    files.done(begun.get(2));
    assertThat(files.next(begun.get(2).split)).isSameAs(begun.get(0));
  }
}
