package io.callweave;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The jar that is submitted: what is in it, beside what a cluster has. */
class JarIT {
  private static final Path PARTS = Paths.get("..", ".local", "parts");

  /** The distribution has older ones. A job's classes go before them, and these have no faults. */
  private static final List<String> NEWER_THAN_THE_CLUSTERS =
      Arrays.asList("net/jpountz/", "org/xerial/snappy/");

  /** Ways into libraries that nobody here goes: Kafka's logins for tests, and OSGi. */
  private static final List<String> UNUSED =
      Arrays.asList(
          "org/apache/kafka/common/security/oauthbearer/internals/unsecured/OAuthBearerUnsecuredJws.class",
          "org/xerial/snappy/SnappyBundleActivator.class");

  private static BuiltJar jar;

  @BeforeAll
  static void findJar() throws IOException {
    jar = BuiltJar.of("callweave");
  }

  @Test
  void noClassOfTheClusterTravelsInTheJar() throws IOException {
    Set<String> doubled = new TreeSet<>();
    for (Path clusters : clusterJars()) {
      doubled.addAll(BuiltJar.entries(clusters));
    }
    doubled.retainAll(jar.entries);
    doubled.removeIf(
        name ->
            !name.endsWith(".class")
                || NEWER_THAN_THE_CLUSTERS.stream().anyMatch(name::startsWith));
    assertThat(doubled).isEmpty();
  }

  @Test
  void everyClassFindsAllThatItNamesInTheJarOrTheCluster() throws Exception {
    List<String> missing = new ArrayList<>();
    int members = 0;
    try (URLClassLoader cluster = loaderOfJarAndCluster()) {
      for (String entry : jar.entries) {
        if (entry.endsWith(".class") && !UNUSED.contains(entry)) {
          String name = entry.substring(0, entry.length() - ".class".length()).replace('/', '.');
          try {
            Class<?> loaded = Class.forName(name, false, cluster);
            members += loaded.getDeclaredMethods().length + loaded.getDeclaredFields().length;
          } catch (LinkageError | ClassNotFoundException e) {
            missing.add(name + ": " + e);
          }
        }
      }
    }
    assertThat(missing).isEmpty();
    assertThat(members).isGreaterThan(1000);
  }

  @Test
  void theMainClassSpeaksWithNothingButTheJarAndTheCluster() throws Exception {
    try (URLClassLoader cluster = loaderOfJarAndCluster()) {
      Class<?> job = Class.forName("io.callweave.CallweaveJob", true, cluster);
      assertThatThrownBy(
              () ->
                  job.getMethod("main", String[].class)
                      .invoke(null, (Object) new String[] {"--help"}))
          .isInstanceOf(InvocationTargetException.class)
          .cause()
          .hasMessageContaining("--bootstrap");
    }
  }

  @Test
  void nativeLibrariesAreOnlyForPlatformsThatTheJobRunsOn() {
    List<String> libraries =
        jar.entries.stream()
            .filter(entry -> entry.matches(".*\\.(so|dll|dylib|jnilib|a)"))
            .collect(Collectors.toList());
    assertThat(libraries)
        .isNotEmpty()
        .allMatch(library -> library.matches("(?i).*linux.*(x86_64|amd64|aarch64)/[^/]*\\.so"));
    for (String processor : Arrays.asList("amd64|x86_64", "aarch64")) {
      for (String library : Arrays.asList("zstd", "lz4", "snappy")) {
        assertThat(libraries)
            .anyMatch(name -> name.matches("(?i).*linux/(" + processor + ")/.*" + library + ".*"));
      }
    }
  }

  @Test
  void kafkasClientsCompressWithNativeLz4InsideAJob() throws Exception {
    try (URLClassLoader job = loaderOfJarAndCluster()) {
      Class.forName("io.callweave.nativelib.NativeLz4", true, job).getMethod("prefer").invoke(null);
      Class<?> lz4 = Class.forName("net.jpountz.lz4.LZ4Factory", true, job);
      assertThat(lz4.getMethod("fastestInstance").invoke(null)).hasToString("LZ4Factory:JNI");
    }
  }

  @Test
  void theNoticeNamesEveryLibraryInTheJarAndTheLicencesThatItPointsToAreThere() throws IOException {
    jar.checkNotice();
  }

  private static URLClassLoader loaderOfJarAndCluster() throws IOException {
    List<URL> urls = new ArrayList<>();
    urls.add(jar.path.toUri().toURL());
    for (Path clusters : clusterJars()) {
      urls.add(clusters.toUri().toURL());
    }
    // Above it only what Java itself has.
    ClassLoader java = ClassLoader.getSystemClassLoader().getParent();
    return new URLClassLoader(urls.toArray(new URL[0]), java);
  }

  /** Those of the distribution if it is there, else those of the cluster that the scripts start. */
  private static Collection<Path> clusterJars() throws IOException {
    Path distribution = PARTS.resolve(Paths.get("flink-1.12.5", "lib"));
    Path cluster = Files.isDirectory(distribution) ? distribution : PARTS.resolve("flink");
    assumeTrue(
        Files.isDirectory(cluster),
        () -> "skipped: no jars of a cluster at " + cluster + "; scripts/fetch-parts flink");
    try (Stream<Path> files = Files.list(cluster)) {
      return files.filter(file -> file.toString().endsWith(".jar")).collect(Collectors.toList());
    }
  }
}
