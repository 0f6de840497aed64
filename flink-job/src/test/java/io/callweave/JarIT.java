package io.callweave;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Scanner;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
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

  private static Path jar;
  private static Set<String> entries;

  @BeforeAll
  static void findJar() throws IOException {
    try (Stream<Path> files = Files.list(Paths.get("target"))) {
      jar =
          files
              .filter(file -> file.getFileName().toString().matches("callweave-[0-9.]+\\.jar"))
              .findFirst()
              .orElseThrow(() -> new AssertionError("the build left no jar in target"));
    }
    entries = entries(jar);
  }

  @Test
  void noClassOfTheClusterTravelsInTheJar() throws IOException {
    Set<String> doubled = new TreeSet<>();
    for (Path clusters : clusterJars()) {
      doubled.addAll(entries(clusters));
    }
    doubled.retainAll(entries);
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
      for (String entry : entries) {
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
        entries.stream()
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
    String notice = text("META-INF/NOTICE");
    for (String library : bundledLibraries()) {
      String[] parts = library.split("\\.jar$|(?=-[0-9])", 2);
      String version = parts[1].replaceAll("^-|\\.jar$", "");
      assertThat(notice).contains(":" + parts[0] + ":" + version + "\n");
    }
    Matcher licence = Pattern.compile("licenses/[A-Za-z0-9.-]+[a-z0-9]").matcher(notice);
    Set<String> named = new HashSet<>();
    while (licence.find()) {
      named.add("META-INF/" + licence.group());
      assertThat(text("META-INF/" + licence.group())).containsIgnoringCase("copyright");
    }
    assertThat(named)
        .isEqualTo(
            entries.stream()
                .filter(entry -> entry.matches("META-INF/licenses/.+"))
                .collect(Collectors.toSet()));
    assertThat(text("META-INF/LICENSE")).contains("Apache License").contains("Version 2.0");
  }

  /** The files from whose classes the jar was put together, by the class path of this very test. */
  private static Set<String> bundledLibraries() throws IOException {
    Set<String> found = new TreeSet<>();
    Set<String> left = new HashSet<>(entries);
    left.removeIf(entry -> !entry.endsWith(".class") || entry.startsWith("io/callweave/"));
    for (String element : System.getProperty("java.class.path").split(":", -1)) {
      // Failsafe puts the jar itself before all.
      boolean library = element.endsWith(".jar") && !element.endsWith("/" + jar.getFileName());
      if (library && left.removeAll(entries(Paths.get(element)))) {
        found.add(Paths.get(element).getFileName().toString());
      }
    }
    assertThat(left).as("classes from nowhere").isEmpty();
    assertThat(found).hasSizeGreaterThan(4);
    return found;
  }

  private static URLClassLoader loaderOfJarAndCluster() throws IOException {
    List<URL> urls = new ArrayList<>();
    urls.add(jar.toUri().toURL());
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

  private static Set<String> entries(Path file) throws IOException {
    try (JarFile open = new JarFile(file.toFile())) {
      return open.stream()
          .filter(entry -> !entry.isDirectory())
          .map(ZipEntry::getName)
          .filter(name -> !name.startsWith("META-INF/versions/"))
          .filter(name -> !name.equals("module-info.class"))
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  private static String text(String entry) throws IOException {
    try (JarFile open = new JarFile(jar.toFile());
        InputStream in = open.getInputStream(open.getEntry(entry));
        Scanner text = new Scanner(in, UTF_8.name()).useDelimiter("\\A")) {
      return text.next();
    }
  }
}
