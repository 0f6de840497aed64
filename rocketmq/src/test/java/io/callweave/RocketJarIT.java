package io.callweave;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The jar beside the job's: what is in it, and under which licences. */
class RocketJarIT {
  private static final long MAX_BYTES = 12 << 20;

  private static BuiltJar jar;

  @BeforeAll
  static void findJar() throws IOException {
    jar = BuiltJar.of("callweave-rocketmq");
  }

  @Test
  void theNoticeNamesEveryLibraryInTheJarAndTheLicencesThatItPointsToAreThere() throws IOException {
    jar.checkNotice();
  }

  @Test
  void theJarIsSmallAndHasNeitherNativeLibrariesNorClassesOfTheJobsJar() throws IOException {
    assertThat(Files.size(jar.path)).isLessThan(MAX_BYTES);
    assertThat(jar.entries).noneMatch(entry -> entry.matches(".*\\.(so|dll|dylib|jnilib)"));
    Set<String> both = new TreeSet<>(jar.entries);
    both.removeIf(entry -> !entry.endsWith(".class"));
    String name = jar.path.getFileName().toString().replace("-rocketmq", "");
    Path job = Paths.get("..", "flink-job", "target", name);
    both.retainAll(BuiltJar.entries(job));
    assertThat(both).isEmpty();
  }
}
